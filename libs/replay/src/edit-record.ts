import { HubError } from '#kernel';

/** A field that is to have another value: `fields.brand`, and the value as text. */
export interface RecordEdit {
  readonly path: string;
  /** Null: no value. */
  readonly value: string | null;
}

/** What an edit changes. */
export interface RecordChange {
  readonly path: string;
  readonly from: string;
  readonly to: string;
}

/**
 * A copy of the record with other values in fields that it has, each of the type that is there; pure. Whether it still fits
 * its schema is for the codec to say.
 * @throws HubError HUB_REQUEST_INVALID for a path that there is not, or a value of another type
 */
export function editRecord<T extends object>(
  record: T,
  edits: readonly RecordEdit[],
): { readonly record: T; readonly changes: readonly RecordChange[] } {
  const copy = structuredClone(record);
  const changes = edits.map(({ path, value }): RecordChange => {
    const { holder, name } = findHolder(copy, path);
    const before = holder[name];
    const after = value === null ? null : toTypeOf(before, value, path);
    holder[name] = after;
    return { path, from: show(before), to: show(after) };
  });
  return { record: copy, changes: changes.filter(({ from, to }) => from !== to) };
}

function findHolder(record: object, path: string): { readonly holder: Record<string, unknown>; readonly name: string } {
  const names = path.split('.');
  const name = names.pop() ?? '';
  let holder: unknown = record;
  for (const step of names) holder = isHolder(holder) && Object.hasOwn(holder, step) ? holder[step] : null;
  if (isHolder(holder) && Object.hasOwn(holder, name)) return { holder, name };
  throw new HubError('HUB_REQUEST_INVALID', `The record has no field ${path}.`, { path });
}

function isHolder(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** A field without a value takes a text. */
function toTypeOf(before: unknown, value: string, path: string): unknown {
  if (before === null) return value;
  const read = READERS[typeof before]?.(value);
  if (read !== undefined) return read;
  throw new HubError('HUB_REQUEST_INVALID', `${path} holds a ${typeof before}: ${JSON.stringify(value)} is none.`, {
    path,
  });
}

/** How a text becomes a value of a type; undefined where it is none. */
const READERS: Readonly<Record<string, (text: string) => unknown>> = {
  string: (text) => text,
  bigint: (text) => (/^-?\d{1,19}$/.test(text) ? BigInt(text) : undefined),
  number: (text) => (text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined),
  boolean: (text) => (/^(?:true|false)$/.test(text) ? text === 'true' : undefined),
};

function show(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  return JSON.stringify(value, (_name, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner));
}
