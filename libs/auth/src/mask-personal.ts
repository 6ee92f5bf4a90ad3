import { ENTITIES, type Entity } from '#contracts';

/** What stands in place of a personal value. */
export const MASK = '[personal]';

const NONE: ReadonlySet<string> = new Set();
const ANY_PERSONAL: ReadonlySet<string> = new Set(Object.keys(ENTITIES).flatMap((entity) => [...personalOf(entity)]));
const PERSONAL = new Map(Object.keys(ENTITIES).map((entity) => [entity, personalOf(entity)]));
/** Where an answer describes a field by such an object, the value is under one of these names. */
const VALUE_NAMES = new Set(['value', 'now', 'before', 'wrote', 'as']);
/** What holds the fields of a record, and nothing else. */
const RECORD_NAMES = new Set(['fields', 'storedForms']);
/** Lists whose texts may quote values. */
const QUOTING_LISTS = new Set(['setAside']);

/**
 * A copy of an answer in which no personal value is left: of fields that the schemas tag personal, wherever they stand, in
 * records, contributions, changes and mirror rows. What an object is about it says by `entity`, or the objects around it do;
 * where nobody says it, within what holds the fields of a record the personal fields of all entities count. Null stays null: that nothing is there is no secret.
 * @param entity of the request's address, null where it names none
 */
export function maskPersonal(answer: unknown, entity: string | null): unknown {
  return masked(answer, { entity, isRecord: false });
}

/** The same of a record itself, whose fields stand at its top: the value of a message. @param entity null where nobody says it */
export function maskRecord(record: unknown, entity: string | null): unknown {
  return masked(record, { entity, isRecord: true });
}

/** Where in an answer a part stands. */
interface Around {
  readonly entity: string | null;
  /** Whether the part holds the fields of a record. */
  readonly isRecord: boolean;
}

function masked(part: unknown, around: Around): unknown {
  if (Array.isArray(part)) return part.map((item) => masked(item, around));
  return typeof part === 'object' && part !== null && !(part instanceof Date) ? maskedObject(part, around) : part;
}

function maskedObject(part: object, around: Around): object {
  const entity = entityOf(part) ?? around.entity;
  const personal = (entity === null ? undefined : PERSONAL.get(entity)) ?? ANY_PERSONAL;
  const named = entity === null && !around.isRecord ? NONE : personal;
  const { field } = part as { readonly field?: unknown };
  const isOfPersonal = typeof field === 'string' && personal.has(field);
  const entries = Object.entries(part).map(([name, value]): [string, unknown] => {
    if (isOfPersonal && VALUE_NAMES.has(name)) return [name, hidden(value)];
    if (QUOTING_LISTS.has(name) && Array.isArray(value))
      return [name, value.map((item) => withoutReason(item, entity))];
    if (named.has(name) && !isFieldName(name, value, personal)) return [name, hiddenField(value)];
    return [name, masked(value, { entity, isRecord: around.isRecord || RECORD_NAMES.has(name) })];
  });
  return Object.fromEntries(entries);
}

/** A mark of a field, `{ "name": "email", … }`, names it and does not tell it. */
function isFieldName(name: string, value: unknown, personal: ReadonlySet<string>): boolean {
  return name === 'name' && typeof value === 'string' && personal.has(value);
}

/** Of a field that is described by an object, who said it and when stay; of a plain value nothing does. */
function hiddenField(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('value' in value || 'wrote' in value)) return hidden(value);
  const entries = Object.entries(value).map(([name, inner]): [string, unknown] => {
    if (VALUE_NAMES.has(name)) return [name, hidden(inner)];
    return [name, Array.isArray(inner) ? inner.map(hiddenField) : describedInside(inner)];
  });
  return Object.fromEntries(entries);
}

function describedInside(inner: unknown): unknown {
  if (typeof inner !== 'object' || inner === null) return inner;
  const entries = Object.entries(inner).map(([name, part]): [string, unknown] => [
    name,
    Array.isArray(part) ? part.map(hiddenField) : part,
  ]);
  return Object.fromEntries(entries);
}

function hidden(value: unknown): unknown {
  return value === null || value === undefined ? value : MASK;
}

/** What a mapping or a system said against a record may quote it. */
function withoutReason(item: unknown, around: string | null): unknown {
  if (typeof item !== 'object' || item === null) return item;
  const entity = entityOf(item) ?? around;
  const isSilent = entity !== null && PERSONAL.get(entity)?.size === 0;
  return isSilent || !('reason' in item) ? item : { ...item, reason: hidden(item.reason) };
}

function entityOf(part: object): string | null {
  const { entity, selection } = part as {
    readonly entity?: unknown;
    readonly selection?: { readonly entity?: unknown };
  };
  const named = entity ?? selection?.entity;
  return typeof named === 'string' && PERSONAL.has(named) ? named : null;
}

function personalOf(entity: string): ReadonlySet<string> {
  const fields = Object.entries(ENTITIES[entity as Entity].fields);
  return new Set(fields.filter(([, { personal }]) => personal !== undefined).map(([name]) => name));
}
