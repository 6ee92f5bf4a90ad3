import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Entity } from '#contracts';
import { HubError, type BusinessKey, type CanonicalFields } from '#kernel';
import { toTargetRecord, type SeedRow, type TargetRecord } from '#replay';
import { z } from 'zod';

const count = z.string().regex(/^\d{1,19}$/);
const value = z.union([z.null(), z.string(), z.boolean(), z.record(z.string(), z.string())]);
const line = z.union([
  z.strictObject({ key: z.string(), status: z.literal('erased') }),
  z.strictObject({
    key: z.string(),
    version: count,
    sequence: count,
    status: z.enum(['live', 'deleted']),
    fields: z.record(z.string(), value),
  }),
]);

/**
 * The lines of a page, each ended by a line feed. A deleted record is told with empty fields, an erased one by its key alone;
 * numbers are texts, since a JSON reader's own may round them.
 */
export function toLines(
  erased: readonly BusinessKey[],
  rows: readonly SeedRow[],
): { readonly text: string; readonly count: number } {
  let text = '';
  for (const key of erased) text += toLine({ key, status: 'erased' });
  for (const { key, version, sequence, status, fields } of rows)
    text += toLine({ key, version: String(version), sequence: String(sequence), status, fields });
  return { text, count: erased.length + rows.length };
}

/** Some readers, Node's among them, end a line at U+2028 and U+2029, which JSON lets stand. */
function toLine(value: object): string {
  return `${JSON.stringify(value).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')}\n`;
}

/**
 * The state that the first `bytes` of a file hold: of a key its highest sequence since it was last erased.
 * @throws HubError HUB_SEED_TARGET_INVALID for a line that no seed wrote
 */
export async function foldLines(
  path: string,
  bytes: number,
  entity: Entity,
): Promise<ReadonlyMap<BusinessKey, TargetRecord>> {
  const state = new Map<BusinessKey, TargetRecord>();
  if (bytes === 0) return state;
  const stream = createReadStream(path, { end: bytes - 1 });
  let number = 0;
  for await (const text of createInterface({ input: stream, crlfDelay: Infinity })) {
    number += 1;
    const read = parseLine(text, { path, number });
    const key = read.key as BusinessKey;
    if (read.status === 'erased') {
      state.delete(key);
      continue;
    }
    const [version, sequence] = [BigInt(read.version), BigInt(read.sequence)];
    if (sequence <= (state.get(key)?.sequence ?? -1n)) continue;
    const fields = read.fields as CanonicalFields;
    state.set(key, toTargetRecord(entity, { key, version, sequence, status: read.status, fields }));
  }
  return state;
}

function parseLine(text: string, place: { readonly path: string; readonly number: number }): z.infer<typeof line> {
  try {
    return line.parse(JSON.parse(text));
  } catch (cause) {
    const message = `Line ${place.number} of ${place.path} was not written by a seed.`;
    throw new HubError('HUB_SEED_TARGET_INVALID', message, place, { cause });
  }
}
