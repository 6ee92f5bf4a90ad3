import { equalValues } from '#canonical';
import { instantOfMs, type CanonicalFields, type CanonicalValue } from '#kernel';
import type { WriteAnswer } from '#mirror';
import type {
  Request,
  Rules,
  Scenario,
  State,
  SystemState,
  Tag,
  TaggedReading,
  Tags,
  UserEdit,
} from './mirror-state.js';

/** What the system answers to a request, and the tags of what it returns. */
export interface Applied {
  readonly state: State;
  readonly answer: WriteAnswer;
  readonly tags: Tags;
}

/** What a read of the record shows now. A deleted record has neither version nor fields. */
export function readRecord(state: State, scenario: Scenario): TaggedReading {
  const { live, version, changedAt, fields, tags, hidden } = state.system;
  const shown = Object.entries(fields).filter(([name]) => name !== hidden);
  const reading = {
    version: live ? versionText(version, scenario) : null,
    status: live ? ('live' as const) : ('deleted' as const),
    fields: live ? Object.fromEntries(shown) : {},
    digest: null,
    changedAt: instantOfMs(changedAt),
    readAtMs: state.clock,
  };
  return { reading, tags };
}

/** What a look-up finds when it finds nothing. */
export function missingRecord(state: State): TaggedReading {
  const base = { version: null, status: 'deleted' as const, fields: {}, digest: null, changedAt: null };
  return { reading: { ...base, readAtMs: state.clock }, tags: {} };
}

/** The state after a user's edit; null where it is impossible. */
export function editRecord(state: State, edit: UserEdit, scenario: Scenario): State | null {
  const { system } = state;
  const tag: Tag = { by: 'user', edit: state.edits + 1 };
  if (!isPossible(system, edit)) return null;
  const next: SystemState = { ...system, ...edited(system, edit, tag, scenario) };
  return {
    ...state,
    ghost: { ...state.ghost, typed: { ...state.ghost.typed, ...typedBy(edit, tag, scenario) } },
    edits: state.edits + 1,
    userEditsLeft: state.userEditsLeft - 1,
    system: { ...next, version: system.version + 1, changedAt: state.edits + 1 },
  };
}

function isPossible(system: SystemState, edit: UserEdit): boolean {
  switch (edit.do) {
    case 'create':
      return !system.live;
    case 'set':
      return system.live && !equalValues(system.fields[edit.field], edit.to);
    case 'hide':
    case 'show':
      return system.live && (system.hidden === null) === (edit.do === 'hide');
    case 'touch':
    case 'delete':
      return system.live;
  }
}

function typedBy(edit: UserEdit, { edit: number }: Tag, { policy }: Scenario): State['ghost']['typed'] {
  return edit.do === 'set' && policy[edit.field] === 'last' ? { [edit.field]: { edit: number, value: edit.to } } : {};
}

function edited(system: SystemState, edit: UserEdit, tag: Tag, scenario: Scenario): Partial<SystemState> {
  switch (edit.do) {
    case 'touch':
      return {};
    case 'hide':
      return { hidden: edit.field };
    case 'show':
      return { hidden: null };
    case 'delete':
      return { live: false, tags: { ...system.tags, existence: tag } };
    case 'set':
      return put(system, { [edit.field]: edit.to }, tag, scenario);
    case 'create':
      return { live: true, ...put({ ...system, fields: {}, tags: { existence: tag } }, edit.fields, tag, scenario) };
  }
}

function put(
  system: Pick<SystemState, 'fields' | 'tags'>,
  values: CanonicalFields,
  tag: Tag,
  scenario: Scenario,
): Pick<SystemState, 'fields' | 'tags'> {
  const fields: Record<string, CanonicalValue> = { ...system.fields };
  const tags: Record<string, Tag> = { ...system.tags };
  for (const [name, value] of Object.entries(values)) {
    fields[name] = storedBy(scenario, value);
    tags[name] = tag;
  }
  return { fields, tags };
}

/** The system takes a request: its precondition and its effect are one. */
export function applyRequest(state: State, request: Request, scenario: Scenario, rules: Rules): Applied {
  const { system } = state;
  const { operation, fields, expectedVersion } = request.intent;
  if (operation === 'create' && system.live && scenario.hasUniqueKey === false)
    return applied({ ...state, system: { ...system, doubled: true, version: system.version + 1 } }, scenario);
  const isRefused =
    operation === 'create'
      ? system.live
      : !system.live || (rules.writesConditionally && versionText(system.version, scenario) !== expectedVersion);
  if (isRefused) {
    const { reading, tags } = readRecord(state, scenario);
    return { state, answer: { kind: 'conflict', current: reading }, tags };
  }
  const tag: Tag = { by: 'hub', edit: 0 };
  const base = operation === 'create' ? { fields: {}, tags: { existence: tag } } : system;
  const written =
    operation === 'delete' ? { tags: { ...system.tags, existence: tag } } : put(base, fields, tag, scenario);
  const version = system.version + 1;
  const next = { ...system, ...written, live: operation !== 'delete', version, changedAt: state.edits };
  return applied({ ...state, system: next }, scenario);
}

function applied(state: State, scenario: Scenario): Applied {
  const { reading, tags } = readRecord(state, scenario);
  return { state, answer: { kind: 'applied', stored: reading }, tags };
}

/** The form in which the system keeps a value. */
export function storedBy(scenario: Scenario, value: CanonicalValue): CanonicalValue {
  return scenario.stores ? scenario.stores(value) : value;
}

function versionText(version: number, scenario: Scenario): string {
  return scenario.versionOrder === 'numeric' ? String(version) : `etag-${version}`;
}
