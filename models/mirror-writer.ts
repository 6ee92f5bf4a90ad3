import type { DesiredMapping, MirrorRow, WriteAnswer } from '#mirror';
import { RECORD } from './mirror-golden.js';
import { judgeWrite } from './mirror-judge.js';
import { LANDING_MS, store, tellMoved, traitsOf, type ProtocolStep, type World } from './mirror-readers.js';
import { applyRequest } from './mirror-system.js';
import type { Request, Scenario, State, TaggedReading, WriterState } from './mirror-state.js';

/** What the hub writes of a golden record: every field that the shop does not own. */
export function mappingOf({ policy }: Scenario): DesiredMapping {
  const isWritten = ([name]: readonly [string, unknown]): boolean => policy[name] !== 'shop';
  return {
    writesExistence: true,
    accepts: () => true,
    project: (golden) => Object.fromEntries(Object.entries(golden).filter(isWritten)),
  };
}

/** The writer: commits an intent, sends it, settles the answer. */
export function writerSteps(state: State, world: World): ProtocolStep[] {
  const { writer } = state;
  if (!writer) return beginWrite(state, world);
  switch (writer.phase) {
    case 'ready':
      return [sendOrGiveUp(state, world, writer)];
    case 'sent':
      return [];
    case 'answered':
      return [{ label: `writer settles "${writer.answer?.kind}"`, next: settleAnswer(state, world, writer) }];
  }
}

function beginWrite(state: State, world: World): ProtocolStep[] {
  const { mirror, clock } = state;
  if (mirror.lease !== null && world.rules.leasesRereads) return [];
  if (mirror.lease === 'writer') return [];
  const plan = world.rules.planWrite(mirror.row, mappingOf(world.scenario), clock, `intent-${state.intents + 1}`);
  if (plan.kind === 'wait' || plan.kind === 'settled') return [];
  if (plan.kind === 'park')
    return [{ label: 'writer parks the row', next: { ...state, mirror: { ...mirror, row: plan.row } } }];
  const request: Request = { intent: plan.intent, merged: mirror.row.golden?.mergedSequence ?? 0n };
  const writer: WriterState = { phase: 'ready', request, moved: false, answer: null, tags: {} };
  const row = world.rules.commitsIntentFirst ? plan.row : mirror.row;
  const leased: State = { ...state, intents: state.intents + 1, writer, mirror: { ...mirror, row, lease: 'writer' } };
  const label = `writer commits the intent to ${plan.intent.operation}`;
  return [{ label, next: world.rules.commitsIntentFirst ? tellMoved(leased, world, 'writer') : leased }];
}

function sendOrGiveUp(state: State, world: World, writer: WriterState): ProtocolStep {
  const isLate = state.clock >= writer.request.intent.openedAtMs + LANDING_MS;
  if (isLate && world.rules.heedsDeadline)
    return { label: 'writer gives up: too late to send', next: { ...release(state), writer: null } };
  const violation = state.network === null ? state.violation : 'a second write was sent while one was under way';
  return {
    label: `writer sends the ${writer.request.intent.operation}`,
    next: { ...state, violation, network: writer.request, writer: { ...writer, phase: 'sent' } },
  };
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
  const reread = rules.keepsNewRereads || writer.answer.kind === 'unknown' ? done.mirror.reread : 'no';
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

/** The request arrives; a writer that still waits has its answer. */
export function networkSteps(state: State, world: World): ProtocolStep[] {
  return state.network ? [{ label: 'the request lands', next: land(state, world, state.network) }] : [];
}

/** The request arrives, but the answer is lost on its way. */
export function landUnanswered(state: State, world: World, request: Request): State {
  return answerUnknown(land({ ...state, writer: null }, world, request), state.writer);
}

function land(state: State, world: World, request: Request): State {
  const judged = judgeWrite(state, world, request);
  const { state: after, answer, tags } = applyRequest(judged, request, world.scenario, world.rules);
  const { writer } = state;
  const isWaiting = writer?.phase === 'sent' && writer.request === request;
  return { ...after, network: null, writer: isWaiting ? { ...writer, phase: 'answered', answer, tags } : writer };
}

/** The writer learns nothing of what became of its request. */
export function answerUnknown(state: State, writer: WriterState | null): State {
  const answer: WriteAnswer = { kind: 'unknown', reason: 'no answer' };
  return { ...state, writer: writer && { ...writer, phase: 'answered', answer, tags: {} } };
}
