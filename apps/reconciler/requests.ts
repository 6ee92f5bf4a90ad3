import { ENTITIES, type Entity } from '#contracts';
import { parseDurationMs } from '#hub-file';
import { isSystemId } from '#kernel';
import { z } from 'zod';

/** Body of `POST /rounds`. */
export const startRoundsSchema = z.object({
  system: z.string().min(1),
  entity: z.enum(Object.keys(ENTITIES) as [Entity, ...Entity[]]).optional(),
});

/** Body of `POST /holds/:id/approve` and `/reject`. */
export const holdDecisionSchema = z.object({ digest: z.string().min(1), actor: z.string().min(1).max(200) });

/** Query of lists. */
export const listSchema = z.object({ limit: z.coerce.number().int().min(1).max(10_000).default(100) });

/** Query of `GET /holds`. */
export const holdsSchema = listSchema.extend({ state: z.enum(['open', 'approved', 'rejected']).optional() });

const MIN_WINDOW_MS = 1_000;
const MAX_WINDOW_MS = 3_650 * 24 * 60 * 60_000;

/** Query of `GET /report`: `since` is how far back the window goes, as a duration. */
export const reportSchema = z.strictObject({
  since: z
    .string()
    .default('7d')
    .transform((text, context) => {
      const ms = parseDurationMs(text);
      if (ms !== null && ms >= MIN_WINDOW_MS && ms <= MAX_WINDOW_MS) return ms;
      context.addIssue({ code: 'custom', message: 'Write a duration up to 3650d: 24h, 7d.' });
      return z.NEVER;
    }),
  system: z.string().refine(isSystemId, 'Name a system of the hub file.').optional(),
  entity: startRoundsSchema.shape.entity,
});
