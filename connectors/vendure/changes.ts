import type { ChangePage, ObservedRecord } from '#connector-sdk';
import { HubError, type BusinessKey, type Clock, type ExternalId } from '#kernel';
import { z } from 'zod';
import type { VendureClient } from './client.js';
import type { EntityPlan } from './entity-plan.js';
import { firstPolling, pollingSchema, pollPage } from './polling.js';
import type { Records } from './records.js';
import { toExternalId } from './mapping.js';
import { scanPage } from './scan.js';

/** Everything is read once, in the order of ids; `after` is the last one read. What changes meanwhile comes afterwards. */
const scanningSchema = z.strictObject({ after: z.string().nullable() }).nullable();
const cursorSchema = z.discriminatedUnion('via', [
  z.strictObject({
    via: z.literal('plugin'),
    /** The database that `position` belongs to. */
    instance: z.string(),
    position: z.string(),
    scanning: scanningSchema,
  }),
  z.strictObject({ via: z.literal('polling'), polling: pollingSchema, scanning: scanningSchema }),
]);
type Cursor = z.infer<typeof cursorSchema>;
type PluginCursor = Extract<Cursor, { readonly via: 'plugin' }>;

/** What reading changes needs. */
export interface ChangeReader {
  readonly client: VendureClient;
  readonly records: Records;
  readonly clock: Clock;
  readonly via: Cursor['via'];
  readonly overlapMs: number;
}

const HUB_CHANGES = `query ($kinds: [String!]!, $exceptOwn: [String!], $after: String, $limit: Int!) {
  hubChanges(kinds: $kinds, exceptOwn: $exceptOwn, after: $after, limit: $limit) {
    instance serverVersion recordIds position more expired } }`;
const hubChangesSchema = z.object({
  hubChanges: z.object({
    instance: z.string(),
    serverVersion: z.string(),
    recordIds: z.array(z.string()),
    position: z.string(),
    more: z.boolean(),
    expired: z.boolean(),
  }),
});
export type HubChanges = z.infer<typeof hubChangesSchema>['hubChanges'];

/**
 * The next page of changes. First the position of the present is taken, then every record is read once, then what
 * changed since that position. A cursor of the other way, of another database, or older than what the plugin keeps,
 * starts from the beginning: the mirror recognises what it knows.
 */
export async function readChanges(
  reader: ChangeReader,
  plan: EntityPlan,
  text: string | null,
  limit: number,
): Promise<ChangePage> {
  const known = text === null ? null : parseCursor(plan, text);
  const cursor = known?.via === reader.via ? known : await firstCursor(reader, plan);
  if (cursor.scanning !== null) return scanOn(reader, plan, cursor, limit);
  if (cursor.via === 'polling') {
    const { polling, ...page } = await pollPage(reader, plan, cursor.polling, limit);
    return { ...page, cursor: JSON.stringify({ ...cursor, polling } satisfies Cursor) };
  }
  return readPlugin(reader, plan, cursor, limit);
}

/** One page of the plugin's change table; without `after` only the position of the present. */
export async function readHubChanges(
  client: VendureClient,
  plan: EntityPlan,
  after: string | null,
  limit: number,
): Promise<HubChanges> {
  const { kinds, exceptOwn } = plan.shape;
  const variables = { kinds, exceptOwn, after, limit };
  return (await client.run(HUB_CHANGES, variables, hubChangesSchema)).hubChanges;
}

async function firstCursor(reader: ChangeReader, plan: EntityPlan): Promise<Cursor> {
  const scanning = { after: null };
  if (reader.via === 'polling') return { via: 'polling', polling: await firstPolling(reader, plan), scanning };
  const { instance, position } = await readHubChanges(reader.client, plan, null, 0);
  return { via: 'plugin', instance, position, scanning };
}

async function scanOn(reader: ChangeReader, plan: EntityPlan, cursor: Cursor, limit: number): Promise<ChangePage> {
  const after = cursor.scanning?.after ?? null;
  const range = { from: null, to: null };
  const page = await scanPage(reader, plan, { range, after: after as ExternalId | null, limit });
  const scanning = page.next === null ? null : { after: page.next };
  const next: Cursor = { ...cursor, scanning };
  // the changes of the meantime are read by the next page
  const more = scanning !== null || page.records.length + page.rejected.length > 0;
  return { records: page.records, rejected: page.rejected, cursor: JSON.stringify(next), more };
}

async function readPlugin(
  reader: ChangeReader,
  plan: EntityPlan,
  cursor: PluginCursor,
  limit: number,
): Promise<ChangePage> {
  const changes = await readHubChanges(reader.client, plan, cursor.position, limit);
  if (changes.instance !== cursor.instance || changes.expired)
    return scanOn(reader, plan, await firstCursor(reader, plan), limit);
  const ids = [...new Set(changes.recordIds)];
  const { records, rejected } = await reader.records.fetchItems(plan, ids);
  const next: Cursor = { ...cursor, position: changes.position };
  const gone = tellsDeletes(plan) ? goneRecords(ids, [...records, ...rejected]) : [];
  return { records: [...records, ...gone], rejected, cursor: JSON.stringify(next), more: changes.more };
}

/** Which prices and stock levels a deleted variant had, is not known any more: they are found by the complete scan. */
export function tellsDeletes({ entity }: EntityPlan): boolean {
  return entity === 'product' || entity === 'customer';
}

/** Records that changed and are not in the shop, or not in this channel, any more. The host knows their keys. */
function goneRecords(ids: readonly string[], found: readonly { readonly externalId: string }[]): ObservedRecord[] {
  const present = new Set(found.map(({ externalId }) => externalId));
  return ids
    .map((id) => toExternalId(id))
    .filter((externalId) => !present.has(externalId))
    .map((externalId) => ({
      ...{ externalId, key: '' as BusinessKey, version: null, changedAt: null },
      ...{ status: 'deleted', fields: {}, digest: null },
    }));
}

function parseCursor(plan: EntityPlan, text: string): Cursor {
  try {
    return cursorSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new HubError('HUB_INVARIANT_BROKEN', `${plan.entity}: the cursor is none of this connector.`, {}, { cause });
  }
}
