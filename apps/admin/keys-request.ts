import { z } from 'zod';

const text = z.string().min(1).max(100);

/** Body of `POST /api/keys`. */
export const newKeyBody = z.strictObject({
  name: text.describe('What the key is for.'),
  owner: text.optional().describe('Who answers for it; without it who makes it.'),
  roles: z.array(text).min(1).max(20),
  expires: z
    .string()
    .min(1)
    .max(40)
    .default('90d')
    .describe('Days as 90d, or a time with its offset; within 366 days.'),
});

/** Place of one key: its visible part. */
export const keyPlace = z.object({ prefix: z.string().regex(/^plk_[A-Za-z0-9_-]{8}$/, { message: 'a key’s prefix' }) });
