import { canonicalize } from '#canonical';
import type { BusinessKey } from '#kernel';
import type { EntityMapping } from './mapping.js';

/** How the business key of an entity is put together from its parts. */
interface KeyForm {
  readonly parts: readonly string[];
  readonly separator: string;
}

/**
 * Keys by entity (architecture, "entity, key"). Only the first part may contain the separator, so that a key can be
 * taken apart from its end: `M8@20@main` is the product `M8@20` at `main`.
 */
const KEY_FORMS: Readonly<Record<string, KeyForm>> = {
  'stock-level': { parts: ['sku', 'location'], separator: '@' },
  price: { parts: ['sku', 'list', 'currency', 'group', 'from'], separator: '|' },
};

const SINGLE: KeyForm = { parts: ['key'], separator: '' };

/** The key of a record, or the values of its key columns; otherwise why there are none. */
export type KeyResult<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };

/** Names of the parts that the mapping's `key` must list for an entity, in their order. */
export function keyParts(entity: string): readonly string[] {
  return (KEY_FORMS[entity] ?? SINGLE).parts;
}

/** Builds the business key from the record's key columns; `read` gives the raw value of a column. */
export function toBusinessKey(
  mapping: EntityMapping,
  entity: string,
  read: (column: string) => unknown,
): KeyResult<BusinessKey> {
  const { separator } = KEY_FORMS[entity] ?? SINGLE;
  const texts: string[] = [];
  for (const [index, source] of mapping.key.entries()) {
    const part = keyText(source, read);
    if (!part.ok) return part;
    if (part.value === '' && index === 0) return { ok: false, reason: `key column "${source}" is empty` };
    if (index > 0 && part.value.includes(separator))
      return { ok: false, reason: `key column "${source}" contains "${separator}", which separates parts of a key` };
    texts.push(part.value);
  }
  return { ok: true, value: texts.join(separator) as BusinessKey };
}

/**
 * The values that a record of this key has in its key columns: the inverse of {@link toBusinessKey}. Refused when a
 * constant of the mapping does not fit, because such a record does not belong into this system.
 */
export function toKeyColumns(
  mapping: EntityMapping,
  entity: string,
  key: BusinessKey,
): KeyResult<Readonly<Record<string, string>>> {
  const form = KEY_FORMS[entity] ?? SINGLE;
  const parts = splitFromEnd(key, form.separator, mapping.key.length);
  if (!parts) return { ok: false, reason: `the key "${key}" does not have ${mapping.key.length} parts` };
  const columns: Record<string, string> = {};
  for (const [index, source] of mapping.key.entries()) {
    const part = parts[index] ?? '';
    if (!source.startsWith('=')) columns[source] = part;
    else if (source.slice(1) !== part)
      return {
        ok: false,
        reason: `the key "${key}" does not belong here: its part ${index + 1} is not "${source.slice(1)}"`,
      };
  }
  return { ok: true, value: columns };
}

function keyText(source: string, read: (column: string) => unknown): KeyResult<string> {
  if (source.startsWith('=')) return { ok: true, value: source.slice(1) };
  const text = canonicalize('text', read(source));
  if (!text.ok) return { ok: false, reason: `key column "${source}": ${text.reason}` };
  return { ok: true, value: typeof text.value === 'string' ? text.value : '' };
}

function splitFromEnd(key: string, separator: string, count: number): string[] | null {
  const parts: string[] = [];
  let rest = key;
  while (parts.length < count - 1) {
    const at = separator === '' ? -1 : rest.lastIndexOf(separator);
    if (at < 0) return null;
    parts.unshift(rest.slice(at + separator.length));
    rest = rest.slice(0, at);
  }
  return [rest, ...parts];
}
