import { equalValues } from '#canonical';
import { instantOfMs } from '#kernel';
import { desiredOf, differences, emptyRow, observe, planWrite, receiveGolden, settle } from '#mirror';
import { keyOf, type Model, type Step } from './explorer.js';
import { environmentSteps } from './mirror-environment.js';
import { editErp, KEY, SHOP } from './mirror-golden.js';
import { nameOf } from './mirror-judge.js';
import { pollerSteps, readerSteps, type ProtocolStep, type World } from './mirror-readers.js';
import { storedBy } from './mirror-system.js';
import type { Rules, Scenario, State, Tag } from './mirror-state.js';
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
  const { row } = state.mirror;
  const { live, fields, tags } = state.system;
  if (row.intent) return 'an intent stays open';
  if (row.parked !== null) return `the row is parked: ${row.parked}`;
  if ((row.observation?.status === 'live') !== live) return 'the mirror is wrong about the existence of the record';
  const desired = desiredOf(row, mappingOf(scenario)) ?? null;
  if (differences(row, desired).length > 0) return 'the row stays due';
  if ((desired !== null) !== live) return 'the system has not the record that it should have';
  if (!live) return null;
  const wrong = Object.keys(fields).find((name) => !equalValues(row.observation?.fields[name], fields[name]));
  if (wrong !== undefined) return `${wrong}: the mirror stays wrong`;
  const unwritten = Object.entries(desired ?? {}).find(
    ([name, value]) => !equalValues(storedBy(scenario, value), fields[name]),
  );
  if (unwritten) return `${unwritten[0]}: the system stays wrong`;
  const lost = Object.entries(tags).find(([name, tag]) => tag.by === 'user' && !isKnownEdit(state, tag, name));
  return lost ? `${lost[0]}: a user's edit was never published` : wrongWinner(state, scenario);
}

function isKnownEdit({ ghost }: State, tag: Tag, name: string): boolean {
  const edit = nameOf(tag, name);
  return edit in ghost.contributed || ghost.excused.includes(edit);
}

/** Under last-writer-wins the last edit of all is golden in the end, be it the shop's or the ERP's. */
function wrongWinner({ golden, ghost }: State, scenario: Scenario): string | null {
  if (!scenario.isKnown) return null;
  for (const [name, winner] of Object.entries(scenario.policy)) {
    const typed = ghost.typed[name];
    const erp = golden.erp.fields[name];
    // A first observation has no time, so it does not compete.
    if (golden.shop?.fields[name]?.at === null) continue;
    if (winner !== 'last' || !typed || ghost.excused.includes(nameOf(typed, name))) continue;
    const isShops = !erp || instantOfMs(typed.edit) > erp.at;
    if (!equalValues(golden.fields[name], isShops ? typed.value : erp.value))
      return `${name}: the last edit did not win`;
  }
  return null;
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
  const published = editErp({ ...state, edits: -1, erpEditsDone: -1 }, { do: 'create' }, world.scenario);
  return isKnown ? readAll(published, world) : published;
}

/** Mirrors and merges what is there before the exploration begins. */
function readAll(state: State, world: World): State {
  const [step] = [...pollerSteps(state, world), ...goldenSteps(state)];
  return step ? readAll(step.next, world) : state;
}
