import { HubError } from '#kernel';
import { z } from 'zod';
import type { TrytonClient } from './client.js';
import { parseRows } from './rows.js';
import { timeSchema } from './wire.js';

const MODEL = 'ir.model.log';
const rowSchema = z.looseObject({ id: z.int(), last_modified_at: timeSchema });

/**
 * The newest row of Tryton's log when the cursor was made. Rows get their ids from a sequence and are never changed: while
 * it is there, the database is a later state of the one that the cursor belongs to.
 */
export const witnessSchema = z.strictObject({ id: z.int(), at: z.string() }).nullable();
export type Witness = z.infer<typeof witnessSchema>;

/** The witness of the present; null while nothing was logged. */
export async function readWitness(client: TrytonClient): Promise<Witness> {
  const [row] = await search(client, [], 1);
  return row ? { id: row.id, at: row.last_modified_at } : null;
}

/**
 * @throws HubError HUB_SOURCE_RESTORED when the log row is gone, or is another one under the same id: the database is an
 *   older state, restored from a backup
 */
export async function assertContinuity(client: TrytonClient, witness: Witness): Promise<void> {
  if (witness === null) return;
  const [row] = await search(client, [['id', '=', witness.id]], 1);
  if (row?.last_modified_at === witness.at) return;
  throw new HubError(
    'HUB_SOURCE_RESTORED',
    `Tryton no longer has the row ${witness.id} of its log that it wrote at ${witness.at}.`,
    { logRow: witness.id },
  );
}

async function search(
  client: TrytonClient,
  domain: readonly unknown[],
  limit: number,
): Promise<z.infer<typeof rowSchema>[]> {
  const params = [domain, 0, limit, [['id', 'DESC']], ['last_modified_at']];
  const rows = parseRows(MODEL, await client.call(`model.${MODEL}.search_read`, params));
  return rows.map((row) => rowSchema.parse(row));
}
