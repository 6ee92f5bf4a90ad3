import { ENTITIES, type Entity } from '#contracts';
import { parseInstant, type Instant } from '#kernel';
import { z } from 'zod';

const name = z.string().min(1).max(500);
const digest = z.string().min(1).max(100);
const actor = z
  .string()
  .min(1)
  .max(100)
  .describe('Counts with the hub’s own token only; everyone else is who they proved to be.');
const entity = z.enum(Object.keys(ENTITIES) as [Entity, ...Entity[]]);
const instant = z.string().transform((text, context): Instant => {
  const parsed = parseInstant(text);
  if (parsed !== null) return parsed;
  context.addIssue({ code: 'custom', message: 'a time with an offset, such as 2026-11-23T04:05:06Z' });
  return z.NEVER;
});
const offset = z.string().regex(/^\d{1,18}$/, 'an offset is a number');

/** Body of `POST /holds/:id/approve` and `…/reject`. */
export const decisionBody = z.strictObject({ digest, actor });

/** Query of `GET /holds`. */
export const holdsQuery = z.object({ state: z.enum(['open', 'approved', 'rejected']).optional() });

/** Query of `GET /versions/:entity/:key`. */
export const versionsQuery = z.object({ limit: z.coerce.number().int().min(1).max(500).default(50) });

/** Query of `GET /keys/:entity`. */
export const keysQuery = versionsQuery.extend({ prefix: z.string().max(500).default('') });

/** Query of `GET /as-of/:entity/:key`. */
export const asOfQuery = z.object({ at: instant.optional() });

/** Body of `POST /reverts`. */
export const selectionBody = z
  .strictObject({
    entity,
    key: name.optional(),
    system: name.optional(),
    batch: name.optional(),
    since: instant.optional(),
    until: instant.optional(),
    range: z.strictObject({ partition: z.int().min(0), from: offset, to: offset }).optional(),
    round: name.optional(),
    actor,
  })
  .refine(({ entity: _entity, actor: _actor, ...rest }) => Object.values(rest).some((part) => part !== undefined), {
    message: 'Say which changes: key, system, batch, since, until, range or round.',
  })
  .refine(({ range, system }) => range === undefined || system !== undefined, {
    message: 'A range is of the change topic of a system: name the system.',
  });

/** Body of `POST /reverts/:id/apply`. */
export const approvalBody = z.strictObject({ digest, actor, reason: z.string().max(500).optional() });

/** Query of `GET /reverts/:id/items`. */
export const itemsQuery = z.object({
  outcome: z.enum(['selected', 'planned', 'listed', 'unchanged', 'reverted', 'moved']).optional(),
  skipped: z.stringbool().default(false),
  after: z.string().default(''),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

/** Query of `GET /batches`. */
export const batchesQuery = z.object({ entity, limit: z.coerce.number().int().min(1).max(500).default(20) });
