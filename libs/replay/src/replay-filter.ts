import { compileConditions, testText } from './field-conditions.js';
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

function testHeader(condition: ReplayCondition): Test {
  const isMet = testText(condition);
  return ({ headers }) => Object.hasOwn(headers, condition.name) && isMet(headers[condition.name] ?? '');
}
