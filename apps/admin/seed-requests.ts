import { replayConditionSchema, type SeedDestination } from '#replay';
import type { SeedRequest } from '#replay-desk';
import { z } from 'zod';
import { entityParam, instant } from './requests.js';

const MAX_PARTS = 50;
const topic = z.string().regex(/^[A-Za-z0-9._-]{1,249}$/, { message: 'the name of a topic' });
const store = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, { message: 'the name of a store of the hub file' });
const table = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,57}$/, { message: 'the name of a table, without its schema' });

/** Body of `POST /api/seeds/plan` and `POST /api/seeds`. Never an address: stores are named, and the hub file has where they are. */
export const seedBody = z.strictObject({
  entity: entityParam,
  to: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('topic'), topic }),
    z.strictObject({ kind: z.literal('store'), store, table: table.optional() }),
  ]),
  where: z.array(replayConditionSchema).max(MAX_PARTS).optional(),
  fields: z.array(z.string().min(1).max(100)).min(1).max(MAX_PARTS).optional(),
  asOf: instant.optional(),
  from: z.enum(['topic', 'sources']).optional(),
});

/** What a body asks for. Pure. */
export function toSeedRequest({ entity, to, where, fields, asOf, from }: z.output<typeof seedBody>): SeedRequest {
  const destination: SeedDestination =
    to.kind === 'topic' ? to : { kind: 'store', store: to.store, table: to.table ?? entity.replaceAll('-', '_') };
  const shape = { where: where ?? [], fields: fields ?? null, asOf: asOf ?? null, ...(from === 'sources' && { from }) };
  return { entity, destination, shape };
}
