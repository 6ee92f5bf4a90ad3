import { z } from 'zod';

const version = z.coerce.number().int().min(1).max(1_000_000);

/** Query of `GET /api/schemas/:type/changes`: what `of` changed since `version`. */
export const schemaChangesQuery = z.object({ version, of: version });

/** Body of `POST /api/schemas/:type/check`; a request may have 100 kB. */
export const schemaBody = z.strictObject({ schema: z.string().min(1).max(90_000) });
