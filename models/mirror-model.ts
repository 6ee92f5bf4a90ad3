import { equalValues } from '#canonical';
import { instantOfMs } from '#kernel';
import { desiredOf, differences, emptyRow, observe, planWrite, receiveGolden, settle } from '#mirror';
import { keyOf, type Model, type Step } from './explorer.js';
import { environmentSteps } from './mirror-environment.js';
import { editErp, KEY, SHOP } from './mirror-golden.js';
import { nameOf } from './mirror-judge.js';
import { pollerSteps, readerSteps, type ProtocolStep } from './mirror-readers.js';
import { storedBy } from './mirror-system.js';
import type { Rules, Scenario, State, Tag, World } from './mirror-state.js';
import { mappingOf, networkSteps, writerSteps } from './mirror-writer.js';

/** The protocol as it is. */
export const RULES: Rules = {
  observe,
  settle,
  planWrite,
  heedsTicket: true,
  ticketIsSnapshot: true,
  heedsLease: true,
  leasesRereads: true,
  rereadsOnlyUnmoved: true,
  keepsNewRereads: true,
  writerKeepsRereads: true,
  commitsIntentFirst: true,
  landingMs: 1,
  heedsDeadline: true,
  writesConditionally: true,
  settlesOnlyUnmoved: true,
  looksUpByKey: true,
};

/** No scenario needs as many writes of the record. */
const MAX_VERSION = 14;

/** The protocol's model under these rules in this world. */
export function mirrorModel(scenario: Scenario, changed: Partial<Rules> = {}): Model<State> {
  const world: World = { scenario, rules: { ...RULES, ...changed } };
  return {
    initial: initialState(world),
    key: keyOf,
    violation: ({ violation, system }) =>
      violation ?? (system.version > MAX_VERSION ? 'the hub writes for ever' : null),
    unsettled: (state) => unsettled(state, scenario),
    steps: (state) => [
      ...protocolSteps(state, world).map((step): Step<State> => ({ ...step, kind: 'protocol' })),
      ...environmentSteps(state, world).map((step): Step<State> => ({ ...step, kind: 'environment' })),
    ],
  };
}

function protocolSteps(state: State, world: World): ProtocolStep[] {
  return [
    ...networkSteps(state, world),
    ...pollerSteps(state, world),
    ...readerSteps(state, world),
    ...writerSteps(state, world),
    ...goldenSteps(state),
    ...timeSteps(state, world),
  ];
}

function goldenSteps(state: State): ProtocolStep[] {
  if (!state.topic) return [];
  const row = receiveGolden(state.mirror.row, state.topic, SHOP);
  const label = `the mirror receives golden version ${state.topic.version}`;
  return [{ label, next: { ...state, topic: null, mirror: { ...state.mirror, row } } }];
}

/** Time passes by itself where somebody waits for it: the landing time of an intent, the lease of a dead process. */
function timeSteps(state: State, { rules }: World): ProtocolStep[] {
  const { mirror, network, clock } = state;
  const steps: ProtocolStep[] = [];
  const landed = (mirror.row.intent?.openedAtMs ?? -rules.landingMs) + rules.landingMs;
  // Leases end before landing times do.
  if (network === null && clock < landed && mirror.lease !== 'writer')
    steps.push({ label: 'the landing time passes', next: { ...state, clock: landed } });
  const isDead = (mirror.lease === 'writer' && !state.writer) || (mirror.lease === 'reader' && !state.reader);
  if (isDead)
    steps.push({ label: "a dead process's lease ends", next: { ...state, mirror: { ...mirror, lease: null } } });
  return steps;
}

/** What has not converged where nothing is left to do; null when all has. */
function unsettled(state: State, scenario: Scenario): string | null {
  return wrongRow(state, scenario) ?? wrongFields(state, scenario) ?? lostEdit(state) ?? wrongWinner(state, scenario);
}

function wrongRow({ mirror, system }: State, scenario: Scenario): string | null {
  const { row } = mirror;
  if (row.intent) return 'an intent stays open';
  if (row.parked !== null) return `the row is parked: ${row.parked}`;
  if ((row.observation?.status === 'live') !== system.live)
    return 'the mirror is wrong about the existence of the record';
  const desired = desiredOf(row, mappingOf(scenario)) ?? null;
  if (differences(row, desired).length > 0) return 'the row stays due';
  return (desired !== null) === system.live ? null : 'the system has not the record that it should have';
}

function wrongFields({ mirror, system }: State, scenario: Scenario): string | null {
  if (!system.live) return null;
  const desired = desiredOf(mirror.row, mappingOf(scenario)) ?? {};
  for (const [name, value] of Object.entries(system.fields)) {
    if (name !== system.hidden && !equalValues(mirror.row.observation?.fields[name], value))
      return `${name}: the mirror stays wrong`;
    if (name in desired && !equalValues(storedBy(scenario, desired[name] ?? null), value))
      return `${name}: the system stays wrong`;
  }
  return null;
}

function lostEdit({ system, ghost }: State): string | null {
  if (!system.live) return null;
  const isKnownEdit = (edit: string): boolean => edit in ghost.contributed || ghost.excused.includes(edit);
  const lost = Object.entries(system.tags).find(([name, tag]) => tag.by === 'user' && !isKnownEdit(nameOf(tag, name)));
  return lost ? `${lost[0]}: a user's edit was never published` : null;
}

/** Under last-writer-wins the last edit of all is golden in the end, be it the shop's or the ERP's. */
function wrongWinner(state: State, { isKnown, policy }: Scenario): string | null {
  if (!isKnown || !state.system.live) return null;
  const wrong = Object.keys(policy).find((name) => policy[name] === 'last' && !hasLastEdit(state, name));
  return wrong === undefined ? null : `${wrong}: the last edit did not win`;
}

function hasLastEdit({ golden, ghost }: State, name: string): boolean {
  const typed = ghost.typed[name];
  const erp = golden.erp.fields[name];
  // A first observation has no time, so it does not compete.
  const isTimed = golden.shop?.fields[name]?.at !== null;
  if (!typed || !isTimed || ghost.excused.includes(nameOf(typed, name))) return true;
  const isShops = !erp || instantOfMs(typed.edit) > erp.at;
  return equalValues(golden.fields[name], isShops ? typed.value : erp.value);
}

function initialState(world: World): State {
  const { shop, erp, isKnown, userEdits, faults } = world.scenario;
  const seed: Tag = { by: 'seed', edit: 0 };
  const names = shop ? [...Object.keys(shop), 'existence'] : [];
  const fields = Object.fromEntries(
    Object.entries(shop ?? {}).map(([name, value]) => [name, storedBy(world.scenario, value)]),
  );
  const said = Object.entries(erp).map(([name, value]) => [name, { value, at: instantOfMs(0) }] as const);
  const state: State = {
    system: {
      live: shop !== null,
      version: shop ? 1 : 0,
      changedAt: 0,
      fields,
      tags: Object.fromEntries(names.map((name) => [name, seed])),
      hidden: null,
      doubled: false,
    },
    network: null,
    mirror: { row: emptyRow('product', KEY, null), lease: null, reread: 'no', cursor: 0 },
    poller: null,
    reader: null,
    writer: null,
    golden: {
      version: 0n,
      sequence: 0n,
      status: 'live',
      fields: {},
      erp: { status: 'live', fields: Object.fromEntries(said) },
      shop: null,
    },
    topic: null,
    ghost: { published: {}, contributed: {}, excused: [], typed: {} },
    clock: 0,
    edits: 0,
    userEditsLeft: userEdits,
    erpEditsDone: 0,
    faultsLeft: faults,
    violation: null,
  };
  const created = editErp(state, { do: 'create' }, world.scenario);
  const published: State = { ...created, edits: 0, erpEditsDone: 0 };
  return isKnown ? readAll(published, world) : published;
}

/** Mirrors and merges what is there before the exploration begins. */
function readAll(state: State, world: World): State {
  const [step] = [...pollerSteps(state, world), ...goldenSteps(state)];
  return step ? readAll(step.next, world) : state;
}
