import type { Observed } from '#mirror';
import { judgeContribution } from './mirror-judge.js';
import { mergeContribution, RECORD } from './mirror-golden.js';
import { missingRecord, readRecord } from './mirror-system.js';
import type { ReaderState, Rules, State, TaggedReading, World } from './mirror-state.js';
import type { Step } from './explorer.js';

/** A process step: what it is called, and the state after it. */
export type ProtocolStep = Omit<Step<State>, 'kind'>;

/** What the pure rules need to know of the modelled system. */
export function traitsOf({ scenario, rules }: World): Parameters<Rules['observe']>[2] {
  return { versionOrder: scenario.versionOrder, landingMs: rules.landingMs, maxSkewMs: 3_600_000 };
}

/** The poller: draws a ticket, reads a page, commits it with the cursor. */
export function pollerSteps(state: State, world: World): ProtocolStep[] {
  const { poller, system, mirror } = state;
  if (!poller) {
    if (system.version <= mirror.cursor) return [];
    const reader = state.reader && { ...state.reader, drewEarly: world.scenario.rereadsInTransaction === true };
    const drawn = { moved: false, upTo: system.version, tagged: null };
    const next = { ...state, poller: drawn, reader };
    return world.scenario.rereadsInTransaction ? [{ label: 'poller draws a ticket', next }] : pollerSteps(next, world);
  }
  if (!poller.tagged) {
    const tagged = readRecord(state, world.scenario);
    return [{ label: 'poller reads a page', next: { ...state, poller: { ...poller, tagged, upTo: system.version } } }];
  }
  return [{ label: 'poller commits', next: commitPage(state, world, poller.tagged) }];
}

function commitPage(state: State, world: World, tagged: TaggedReading): State {
  const { poller, mirror } = state;
  const isStale = world.rules.heedsTicket && poller?.moved === true;
  const isLeased = world.rules.heedsLease && mirror.lease !== null;
  const done: State = { ...state, poller: null, mirror: { ...mirror, cursor: poller?.upTo ?? mirror.cursor } };
  if (isStale || isLeased) return { ...done, mirror: { ...done.mirror, reread: 'queued' } };
  return observeReading(done, world, tagged, 'poller');
}

/** The re-reader: leases a row that was queued or has an open intent, reads it, commits. */
export function readerSteps(state: State, world: World): ProtocolStep[] {
  const { reader } = state;
  if (!reader) return leaseReread(state, world);
  if (!reader.tagged) return [{ label: 're-reader reads the record', next: rereadNow(state, world, reader) }];
  return [{ label: 're-reader commits', next: commitReread(state, world, reader.tagged) }];
}

function leaseReread(state: State, world: World): ProtocolStep[] {
  const { mirror, clock } = state;
  const { leasesRereads, landingMs } = world.rules;
  const { intent } = mirror.row;
  const isWanted = mirror.reread !== 'no' || (intent !== null && clock >= intent.openedAtMs + landingMs);
  if (!isWanted || (leasesRereads && mirror.lease !== null)) return [];
  const reread = mirror.reread === 'no' ? 'no' : 'taken';
  const leased = { ...mirror, reread, lease: leasesRereads ? 'reader' : mirror.lease } as const;
  const next = { ...state, mirror: leased, reader: { moved: false, drewEarly: false, tagged: null } };
  return world.scenario.rereadsInTransaction ? [{ label: 're-reader leases the row', next }] : readerSteps(next, world);
}

function rereadNow(state: State, world: World, reader: ReaderState): State {
  const isFound = state.mirror.row.externalId !== null || world.rules.looksUpByKey;
  const tagged = isFound ? readRecord(state, world.scenario) : missingRecord(state);
  return { ...state, reader: { ...reader, tagged } };
}

function commitReread(state: State, world: World, tagged: TaggedReading): State {
  const { reader, mirror } = state;
  const lease = mirror.lease === 'reader' ? null : mirror.lease;
  const isStale = world.rules.rereadsOnlyUnmoved && (reader?.moved === true || lease !== null);
  if (isStale) return { ...state, reader: null, mirror: { ...mirror, lease, reread: 'queued' } };
  const reread = mirror.reread === 'queued' && world.rules.keepsNewRereads ? 'queued' : 'no';
  const done = observeReading({ ...state, mirror: { ...mirror, lease, reread } }, world, tagged, 'reader');
  return { ...done, reader: null };
}

function observeReading(state: State, world: World, tagged: TaggedReading, by: Mover): State {
  const { row } = state.mirror;
  // The host names the row after the record that was found by its key.
  const named = tagged.reading.status === 'live' ? { ...row, externalId: RECORD } : row;
  const observed = world.rules.observe(named, tagged.reading, traitsOf(world));
  return store(state, world, { observed, tagged, by });
}

/** Who moves a row. */
export type Mover = 'poller' | 'reader' | 'writer';

/** What a transaction stores. */
export interface Outcome {
  readonly observed: Observed;
  readonly tagged: TaggedReading;
  readonly by: Mover;
}

/** One transaction: the row, its change event, and that it moved, which every older ticket shows. */
export function store(state: State, world: World, { observed, tagged, by }: Outcome): State {
  const before = state.mirror.row;
  const { row } = observed;
  // When to try again is left open: everything may happen at any time.
  const stored: State = { ...state, mirror: { ...state.mirror, row: { ...row, retryAtMs: 0 } } };
  const isMoved = observed.kind === 'noted' || observed.kind === 'authored';
  const judged = judgeContribution(isMoved ? tellMoved(stored, world, by) : stored, world, { before, tagged });
  const isAuthored = observed.kind === 'authored' && row.contribution !== null;
  return isAuthored ? mergeContribution(judged, row.contribution, world.scenario) : judged;
}

/** Marks the row as moved for everybody else who drew a ticket before this transaction ended. */
export function tellMoved(state: State, world: World, by: Mover): State {
  const { poller, reader, writer } = state;
  // A number tells less than a snapshot: the mover's may be older than the ticket though it commits only now.
  const isUnseen = by === 'reader' && reader?.drewEarly === true && !world.rules.ticketIsSnapshot;
  return {
    ...state,
    poller: by === 'poller' || isUnseen ? poller : asMoved(poller),
    reader: by === 'reader' ? reader : asMoved(reader),
    writer: by === 'writer' ? writer : asMoved(writer),
  };
}

function asMoved<T extends object>(process: T | null): T | null {
  return process && { ...process, moved: true };
}
