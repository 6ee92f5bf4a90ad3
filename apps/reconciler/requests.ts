import { ENTITIES, type Entity } from '#contracts';
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
