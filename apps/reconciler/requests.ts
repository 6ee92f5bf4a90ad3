import { ENTITIES, type Entity } from '#contracts';
import { HubError } from '#kernel';
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

/** What a client sent, in shape. @throws HubError HUB_REQUEST_INVALID naming every problem */
export function parseRequest<T>(schema: z.ZodType<T>, sent: unknown): T {
  const parsed = schema.safeParse(sent ?? {});
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.map(String).join('.')}: ${issue.message}`);
  throw new HubError('HUB_REQUEST_INVALID', `The request is wrong: ${problems.join('; ')}.`, { problems });
}
