import { equalValues } from '#canonical';
import type { Contribution, MirrorRow, Reading } from '#mirror';
import type { GhostState, Request, State, Tag, TaggedReading, World } from './mirror-state.js';
import { applyRequest, storedBy } from './mirror-system.js';

/** What a transaction that took a reading started from. */
export interface Judged {
  readonly before: MirrorRow;
  readonly tagged: TaggedReading;
}

interface Verdict {
  readonly ghost: GhostState;
  readonly violation: string | null;
}

/** Judges what a reading made of the contribution: only users' edits, each once, in their order. */
export function judgeContribution(state: State, world: World, judged: Judged): State {
  let verdict: Verdict = { ghost: state.ghost, violation: state.violation };
  const { contribution } = state.mirror.row;
  const published = contribution === judged.before.contribution ? null : contribution;
  for (const name of namesOf(published, judged.tagged)) {
    const tag = judged.tagged.tags[name];
    if (published && isAuthored(published, name)) verdict = judgeAuthored(verdict, { state, world, judged, name, tag });
    else if (tag?.by === 'user' && isIndistinguishable(judged, name, state)) verdict = excuse(verdict, tag, name);
  }
  return { ...state, ...verdict };
}

function namesOf(published: Contribution | null, { tags }: TaggedReading): Set<string> {
  return new Set([...Object.keys(tags), ...Object.keys(published?.fields ?? {}), 'existence']);
}

function isAuthored(published: Contribution, name: string): boolean {
  const sequence = name === 'existence' ? published.statusSequence : published.fields[name]?.sequence;
  return sequence === published.sequence;
}

interface Authored {
  readonly state: State;
  readonly world: World;
  readonly judged: Judged;
  readonly name: string;
  readonly tag: Tag | undefined;
}

function judgeAuthored(verdict: Verdict, authored: Authored): Verdict {
  const { state, judged, name, tag } = authored;
  const { contribution } = state.mirror.row;
  const isShown = name === 'existence' || name in judged.tagged.reading.fields;
  if (!tag || !isShown || !contribution)
    return fault(verdict, `${name}: a value was published that the system never held`);
  switch (tag.by) {
    case 'hub':
      return isUnknownForm(authored) ? verdict : fault(verdict, `${name}: an echo of the hub's write was published`);
    case 'seed':
      return isTimed(contribution, name)
        ? fault(verdict, `${name}: a value that no user put there was published as authored`)
        : verdict;
    case 'user':
      return judgeEdit(verdict, tag, name, contribution.sequence);
  }
}

function isTimed(contribution: Contribution, name: string): boolean {
  return name !== 'existence' && contribution.fields[name]?.at !== null;
}

/** Edits of a field are published in their order, each once. */
function judgeEdit(verdict: Verdict, tag: Tag, name: string, sequence: bigint): Verdict {
  const { published, contributed } = verdict.ghost;
  const last = published[name] ?? 0;
  if (last >= tag.edit)
    return fault(verdict, `${name}: a stale value was published (edit ${tag.edit} after edit ${last})`);
  const ghost = {
    ...verdict.ghost,
    published: { ...published, [name]: tag.edit },
    contributed: { ...contributed, [nameOf(tag, name)]: sequence },
  };
  return { ...verdict, ghost };
}

/** After an unknown outcome, a form never seen before in which the system stores values looks like a user's edit. */
function isUnknownForm({ state, world, judged, name }: Authored): boolean {
  const { intent, storedForms } = judged.before;
  const intended = intent?.fields[name];
  if (!world.scenario.stores || intended === undefined || state.mirror.lease === 'writer') return false;
  const value = judged.tagged.reading.fields[name];
  return !(name in storedForms) && equalValues(storedBy(world.scenario, intended), value);
}

/**
 * Whether nobody could tell the edit from no edit: it put there what the mirror held before, or what an intent of unknown
 * outcome was about to write, of which no newer version was read yet.
 */
function isIndistinguishable({ before, tagged }: Judged, name: string, state: State): boolean {
  const { reading } = tagged;
  if (name === 'existence') return isSameExistence(before, reading);
  if (!(name in reading.fields)) return false;
  const isHeld = equalValues(before.observation?.fields[name], reading.fields[name]);
  return isHeld || (isCurrent(before) && showsIntended(before, name, reading, state));
}

function isSameExistence(before: MirrorRow, reading: Reading): boolean {
  const known = before.observation?.status ?? 'deleted';
  const ownWrite = reading.status === 'deleted' ? 'delete' : 'create';
  return known === reading.status || (isCurrent(before) && before.intent?.operation === ownWrite);
}

/** Whether no newer version than the open intent's was read yet. */
function isCurrent({ intent, observation }: MirrorRow): boolean {
  return intent !== null && (observation?.version ?? null) === intent.expectedVersion;
}

function showsIntended(before: MirrorRow, name: string, reading: Reading, state: State): boolean {
  const intended = before.intent?.fields[name];
  const form = state.mirror.row.storedForms[name] ?? before.storedForms[name];
  const value = reading.fields[name];
  const isForm = form !== undefined && equalValues(form.wrote, intended) && equalValues(form.as, value);
  return intended !== undefined && (isForm || equalValues(intended, value));
}

function excuse(verdict: Verdict, tag: Tag, name: string): Verdict {
  const { ghost } = verdict;
  const edit = nameOf(tag, name);
  if (edit in ghost.contributed || ghost.excused.includes(edit)) return verdict;
  return { ...verdict, ghost: { ...ghost, excused: [...ghost.excused, edit] } };
}

/** Judges a write as it lands: it may overwrite a user's edit only after golden has merged it. */
export function judgeWrite(state: State, world: World, request: Request): State {
  const { state: after, answer } = applyRequest(state, request, world.scenario, world.rules);
  if (after.system.doubled) return { ...state, violation: 'the record was created twice' };
  if (answer.kind !== 'applied') return state;
  const lost = Object.entries(state.system.tags).find(
    ([name, tag]) => tag.by === 'user' && isOverwritten(state, after, name) && !mayOverwrite(state, request, tag, name),
  );
  return lost ? { ...state, violation: `${lost[0]}: a user's edit was overwritten before golden merged it` } : state;
}

function isOverwritten(before: State, after: State, name: string): boolean {
  if (name === 'existence') return before.system.live !== after.system.live;
  if (!before.system.live) return false;
  return !after.system.live || !equalValues(before.system.fields[name], after.system.fields[name]);
}

function mayOverwrite({ ghost }: State, request: Request, tag: Tag, name: string): boolean {
  const edit = nameOf(tag, name);
  const sequence = ghost.contributed[edit];
  return ghost.excused.includes(edit) || (sequence !== undefined && sequence <= request.merged);
}

/** Names one field's share of an edit. */
export function nameOf(tag: Pick<Tag, 'edit'>, name: string): string {
  return `${tag.edit}:${name}`;
}

function fault(verdict: Verdict, violation: string): Verdict {
  return { ...verdict, violation: verdict.violation ?? violation };
}
