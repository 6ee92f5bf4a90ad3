import type { DesiredMapping, MirrorRow, WriteAnswer } from '#mirror';
import { RECORD } from './mirror-golden.js';
import { judgeWrite } from './mirror-judge.js';
import { store, tellMoved, traitsOf, type ProtocolStep } from './mirror-readers.js';
import { applyRequest, type Applied } from './mirror-system.js';
import type { Request, Scenario, State, TaggedReading, WriterState, World } from './mirror-state.js';

/** What the hub writes of a golden record: every field that the shop does not own. */
export function mappingOf({ policy }: Scenario): DesiredMapping {
  const isWritten = ([name]: readonly [string, unknown]): boolean => policy[name] !== 'shop';
  return {
    writesExistence: true,
    accepts: () => true,
    project: (golden) => Object.fromEntries(Object.entries(golden).filter(isWritten)),
  };
}

/** The writer: commits an intent, writes, settles the answer. */
export function writerSteps(state: State, world: World): ProtocolStep[] {
  const { writer } = state;
  if (!writer) return beginWrite(state, world);
  switch (writer.phase) {
    case 'ready':
      return [writeOrGiveUp(state, world, writer)];
    case 'answered':
      return [{ label: `writer settles "${writer.answer?.kind}"`, next: settleAnswer(state, world, writer) }];
  }
}

function beginWrite(state: State, world: World): ProtocolStep[] {
  const { mirror, clock } = state;
  if (!mayWrite(state, world)) return [];
  const plan = world.rules.planWrite(mirror.row, mappingOf(world.scenario), clock, 'intent');
  if (plan.kind === 'wait' || plan.kind === 'settled') return [];
  if (plan.kind === 'park')
    return [{ label: 'writer parks the row', next: { ...state, mirror: { ...mirror, row: plan.row } } }];
  const request: Request = { intent: plan.intent, merged: mirror.row.golden?.mergedSequence ?? 0n };
  const writer: WriterState = { phase: 'ready', request, moved: false, answer: null, tags: {} };
  const row = world.rules.commitsIntentFirst ? plan.row : mirror.row;
  const leased: State = { ...state, writer, mirror: { ...mirror, row, lease: 'writer' } };
  const label = `writer commits the intent to ${plan.intent.operation}`;
  return [{ label, next: world.rules.commitsIntentFirst ? tellMoved(leased, world, 'writer') : leased }];
}

/** Mode `write` needs a complete scan; a leased row is left alone. */
function mayWrite({ mirror, system }: State, { rules }: World): boolean {
  const isScanned = mirror.cursor > 0 || system.version === 0;
  return isScanned && (rules.leasesRereads ? mirror.lease === null : mirror.lease !== 'writer');
}

/** A write lands, or is refused, at some time between its intent and its answer: one step. Faults are elsewhere. */
function writeOrGiveUp(state: State, world: World, writer: WriterState): ProtocolStep {
  const { intent } = writer.request;
  if (isTooLate(state, world, writer.request))
    return { label: 'writer gives up: too late to write', next: { ...release(state), writer: null } };
  return { label: `writer writes (${intent.operation}) and is answered`, next: writeNow(state, world, writer) };
}

/** A write that leaves late would land after everybody believes that it can't. */
function isTooLate({ clock }: State, { rules }: World, { intent }: Request): boolean {
  return rules.heedsDeadline && clock >= intent.openedAtMs + rules.landingMs;
}

function writeNow(state: State, world: World, writer: WriterState): State {
  const isOpen = state.network !== null && land(state, world, state.network).answer.kind === 'applied';
  const violation = isOpen ? 'a second write was sent while the first could still land' : state.violation;
  const { state: after, answer, tags } = land({ ...state, violation }, world, writer.request);
  return { ...after, writer: { ...writer, phase: 'answered', answer, tags } };
}

function release(state: State): State {
  const { mirror } = state;
  return mirror.lease === 'writer' ? { ...state, mirror: { ...mirror, lease: null } } : state;
}

function settleAnswer(state: State, world: World, writer: WriterState): State {
  const done: State = { ...release(state), writer: null };
  const { rules } = world;
  const { intent } = writer.request;
  const row = rules.commitsIntentFirst ? state.mirror.row : { ...state.mirror.row, intent };
  const isAnothers = row.intent?.id !== intent.id;
  const isStale = rules.settlesOnlyUnmoved && (writer.moved || state.mirror.lease === 'reader');
  if (isAnothers || isStale || !writer.answer) return { ...done, mirror: { ...done.mirror, reread: 'queued' } };
  const input = { nowMs: state.clock, random: () => 0 };
  const observed = rules.settle(named(row, writer.answer), writer.answer, traitsOf(world), input);
  const reread = rules.writerKeepsRereads || writer.answer.kind === 'unknown' ? done.mirror.reread : 'no';
  const settled: State = { ...done, mirror: { ...done.mirror, row, reread } };
  return store(settled, world, { observed, tagged: toTagged(writer, state), by: 'writer' });
}

/** The host names the row after the record that the answer shows. */
function named(row: MirrorRow, answer: WriteAnswer): MirrorRow {
  const isShown = answer.kind === 'applied' || answer.kind === 'unchanged' || answer.kind === 'conflict';
  return isShown ? { ...row, externalId: RECORD } : row;
}

function toTagged({ answer, tags }: WriterState, state: State): TaggedReading {
  const none = { version: null, status: 'deleted' as const, fields: {}, digest: null, changedAt: null };
  if (answer && 'stored' in answer) return { reading: answer.stored, tags };
  if (answer && 'current' in answer) return { reading: answer.current, tags };
  return { reading: { ...none, readAtMs: state.clock }, tags: {} };
}

/** A write that was under way arrives late. */
export function networkSteps(state: State, world: World): ProtocolStep[] {
  if (!state.network) return [];
  return [{ label: 'the late write lands', next: { ...land(state, world, state.network).state, network: null } }];
}

/** Faults of a write that is sent now; the writer learns nothing of what became of it. */
export function failedWrites(state: State, world: World): ProtocolStep[] {
  const { writer } = state;
  if (writer?.phase !== 'ready' || state.network || isTooLate(state, world, writer.request)) return [];
  const answer: WriteAnswer = { kind: 'unknown', reason: 'no answer' };
  const unanswered: State = { ...state, writer: { ...writer, phase: 'answered', answer, tags: {} } };
  const landed = land(unanswered, world, writer.request).state;
  return [
    { label: 'the write is lost on its way', next: unanswered },
    { label: 'the write lands, its answer is lost', next: landed },
    { label: 'the writer times out, its write still under way', next: { ...unanswered, network: writer.request } },
    {
      label: 'the writer crashes, its write still under way',
      next: { ...state, writer: null, network: writer.request },
    },
  ];
}

function land(state: State, world: World, request: Request): Applied {
  return applyRequest(judgeWrite(state, world, request), request, world.scenario, world.rules);
}
