import { z } from 'zod';

/** What the hub file may say of a Vendure shop. */
export const configSchema = z.strictObject({
  /** Address of the server; it may carry the administrator: `https://user:password@shop.example.com`. */
  url: z.url({ protocol: /^https?$/, error: 'must be an http or https address' }),
  username: z.string().min(1).optional(),
  password: z.string().min(1).optional(),
  adminApiPath: z
    .string()
    .regex(/^\/[\w/-]+$/, 'must begin with a slash')
    .default('/admin-api'),
  /** Token of the channel that is read and written; the default channel without it. */
  channelToken: z.string().min(1).optional(),
  /** `plugin` reads the change table of the hub's plugin; `polling` does without it and sees less. */
  changes: z.enum(['plugin', 'polling']).default('polling'),
  timeoutMs: z.int().min(1_000).max(600_000).default(20_000),
  /** Requests at the same time; one place is kept for live changes. */
  parallel: z.int().min(1).max(16).default(5),
  /** Largest page asked for; no more than the server's `adminListQueryLimit`. */
  listLimit: z.int().min(10).max(5_000).default(500),
  maxAnswerBytes: z.int().min(100_000).max(1_000_000_000).default(64_000_000),
  /** For polling: longer than the shop's longest transaction, plus the lag between its clock and its database's. */
  overlapMs: z.int().min(1_000).max(86_400_000).default(30_000),
});

/** Configuration of one Vendure shop. */
export type VendureConfig = z.infer<typeof configSchema>;
