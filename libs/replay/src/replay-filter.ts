import { HubError } from '#kernel';
import { RE2JS } from 're2js';
import type { ReplayMessage } from './replay-ports.js';
import type { ReplayCondition, ReplaySelection } from './replay-selection.js';

/** Reads values; an Avro codec is one. */
export interface RecordReader {
  /** Fetches what {@link RecordReader.decode} needs. @throws HubError HUB_REGISTRY_UNREACHABLE */
  prepare(values: Iterable<Buffer | null>): Promise<void>;
  /** @throws HubError park for a value that can't be read */
  decode(value: Buffer): { readonly record: object };
}

/** Says of each message whether it is meant. Offsets are not its business. */
export interface ReplayFilter {
  prepare(messages: readonly ReplayMessage[]): Promise<void>;
  /** @throws HubError park for a value that can't be read, where that is needed to know */
  selects(message: ReplayMessage): boolean;
}

type Test = (message: ReplayMessage) => boolean;

/**
 * Compiles times, keys and conditions, the cheap ones first. Patterns are RE2's, whose time is linear in the text.
 * @throws HubError HUB_REQUEST_INVALID for a pattern that is none
 */
export function compileFilter(
  { fromMs, untilMs, keys, where = [] }: ReplaySelection,
  reader: RecordReader,
): ReplayFilter {
  const tests: Test[] = [];
  if (fromMs !== undefined) tests.push(({ timestampMs }) => timestampMs >= fromMs);
  if (untilMs !== undefined) tests.push(({ timestampMs }) => timestampMs < untilMs);
  if (keys) {
    const wanted = new Set(keys);
    tests.push(({ key }) => wanted.has(key));
  }
  for (const condition of where.filter(({ on }) => on === 'header')) tests.push(testHeader(condition));
  const onFields = where.filter(({ on }) => on === 'field');
  if (onFields.length > 0) {
    const areMet = compileConditions(onFields);
    tests.push(({ value }) => value !== null && areMet(reader.decode(value).record));
  }
  return {
    prepare: async (messages) => {
      if (onFields.length > 0) await reader.prepare(messages.map(({ value }) => value));
    },
    selects: (message) => tests.every((test) => test(message)),
  };
}

/**
 * Whether all conditions on fields hold of a record. One on a header never does: a record has none.
 * @throws HubError HUB_REQUEST_INVALID for a pattern that is none
 */
export function compileConditions(where: readonly ReplayCondition[]): (record: object) => boolean {
  const tests = where.map((condition) => (condition.on === 'field' ? testFields(condition) : () => false));
  return (record) => tests.every((test) => test(record));
}

function testHeader(condition: ReplayCondition): Test {
  const isMet = testText(condition);
  return ({ headers }) => Object.hasOwn(headers, condition.name) && isMet(headers[condition.name] ?? '');
}

function testFields(condition: ReplayCondition): (record: object) => boolean {
  const isMet = testText(condition);
  const path = condition.name.split('.');
  return (record) => {
    const found = textAt(record, path);
    return found !== null && isMet(found);
  };
}

function testText({ test, value, name }: ReplayCondition): (text: string) => boolean {
  if (test === 'equals') return (text) => text === value;
  const pattern = compilePattern(value, name);
  return (text) => pattern.test(text);
}

function compilePattern(value: string, name: string): RE2JS {
  try {
    return RE2JS.compile(value);
  } catch (cause) {
    const message = `The pattern for ${name} is not one of RE2 (no look-around, no back-references).`;
    throw new HubError('HUB_REQUEST_INVALID', message, { name }, { cause });
  }
}

/** A value as text: numbers in decimal; null where there is none, and for lists and records. */
function textAt(record: object, path: readonly string[]): string | null {
  let found: unknown = record;
  for (const name of path) {
    if (typeof found !== 'object' || found === null) return null;
    found = found instanceof Map ? (found.get(name) as unknown) : ownProperty(found, name);
  }
  if (typeof found === 'string') return found;
  return typeof found === 'number' || typeof found === 'bigint' || typeof found === 'boolean' ? String(found) : null;
}

function ownProperty(found: object, name: string): unknown {
  return Object.hasOwn(found, name) ? (found as Record<string, unknown>)[name] : null;
}
