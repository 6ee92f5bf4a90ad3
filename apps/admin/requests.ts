import { ENTITIES, type Entity } from '#contracts';
import { parseInstant, type Instant } from '#kernel';
import { z } from 'zod';

const name = z.string().min(1).max(500);
/** Why somebody does something. */
export const reason = z.string().trim().min(1, { message: 'say why' }).max(500);
const digest = z.string().min(1).max(100);
/** An instant with its offset. */
export const instant = z.string().transform((text, context): Instant => {
  const parsed = parseInstant(text);
  if (parsed !== null) return parsed;
  context.addIssue({ code: 'custom', message: 'a time with an offset, such as 2026-11-23T04:05:06Z' });
  return z.NEVER;
});

/** An entity of the contracts. */
export const entityParam = z.enum(Object.keys(ENTITIES) as [Entity, ...Entity[]]);

/** Body of `POST /api/login`. */
export const loginBody = z.strictObject({ name: z.string().min(1).max(100), password: z.string().min(1).max(200) });

/** A path of the page, never an address elsewhere: what follows the slash is no second one, and no backslash is in it. */
const pagePath = z
  .string()
  .max(2000)
  .refine((text) => /^\/(?![/\\])[^\\\p{Cc}]*$/u.test(text), { message: 'a path of the page' });

/** Query of `GET /api/provider/sign-in`. */
export const signInQuery = z.object({ to: pagePath.default('/') });

/** Query of `GET /api/records/:entity/:key/as-of`. */
export const asOfQuery = z.object({ at: instant });

/** Query of `GET /api/trend`. */
export const trendQuery = z.object({
  hours: z.coerce.number().int().min(1).max(24).default(24),
  system: name.optional(),
});

/** Body of `POST /api/rounds`. */
export const startRoundsBody = z.strictObject({ system: name, entity: entityParam.optional() });

/** Body of `POST /api/holds/:kind/:id/approve` and `…/reject`. */
export const decisionBody = z.strictObject({ digest, reason });

/** Which service keeps a hold. */
export const holdParams = z.object({
  kind: z.enum(['live', 'round']),
  id: name,
});

/** Body of `POST /api/systems/:system/mode`. */
export const modeBody = z.strictObject({ mode: z.enum(['observe', 'write']), reason });

/** Body of `POST /api/systems/:system/restored`. */
export const restoredBody = z.strictObject({ keep: z.enum(['hub', 'system']), reason });

/** Body of `POST /api/reverts`. */
export const revertBody = z
  .strictObject({
    entity: entityParam,
    key: name.optional(),
    system: name.optional(),
    batch: name.optional(),
    round: name.optional(),
    since: instant.optional(),
    until: instant.optional(),
  })
  .refine(({ entity: _entity, ...rest }) => Object.values(rest).some((part) => part !== undefined), {
    message: 'Say which changes: key, system, batch, round, since or until.',
  });

/** Body of `POST /api/reverts/:id/apply`. */
export const applyRevertBody = z.strictObject({ digest, reason });

/** Query of `GET /api/batches`. */
export const batchesQuery = z.object({ entity: entityParam });

/** Query of `GET /api/reverts/:id/items`. */
export const revertItemsQuery = z.object({
  outcome: z.enum(['selected', 'planned', 'listed', 'unchanged', 'reverted', 'moved']).optional(),
  skipped: z.stringbool().optional(),
});

/** Body of `POST /api/parked/:service/release`. */
export const releaseBody = z.strictObject({ keys: z.union([z.literal('all'), z.array(z.string()).min(1).max(1000)]) });

/** Query of `GET /api/topics/:topic/messages`. */
export const messagesQuery = z.object({
  partition: z.coerce.number().int().min(0).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  /** Only messages whose key contains this. */
  key: z.string().max(500).optional(),
  kind: z.enum(['all', 'values', 'tombstones']).default('all'),
  /** Only messages with a header, such as an event id or a trace, that contains this. */
  header: z.string().max(500).optional(),
  /** Only messages that the broker appended then or later. */
  since: instant.optional(),
  /** `0:120,1:77`: only what lies before these offsets; other partitions are left out. */
  before: z
    .string()
    .regex(/^\d{1,5}:\d{1,19}(,\d{1,5}:\d{1,19})*$/, { message: 'partition:offset, several by comma' })
    .transform((text) => new Map(text.split(',').map((pair) => toPlace(pair))))
    .optional(),
});

/** A checked {@link messagesQuery}. */
export type MessagesQuery = z.output<typeof messagesQuery>;

function toPlace(pair: string): readonly [number, bigint] {
  const [partition = '', offset = ''] = pair.split(':');
  return [Number(partition), BigInt(offset)];
}
