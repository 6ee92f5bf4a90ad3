import { z } from 'zod';
import { instant } from './requests.js';

/** Query of `GET /api/find`: a text, or a type or times. */
export const findQuery = z
  .object({
    q: z.string().trim().max(1_000).default(''),
    type: z.string().max(500).optional(),
    from: instant.optional(),
    until: instant.optional(),
    limit: z.coerce.number().int().min(1).max(500).default(50),
  })
  .refine(({ q, type, from, until }) => q !== '' || (type ?? from ?? until) !== undefined, {
    message: 'Say what to find: q, type, from or until.',
  });
