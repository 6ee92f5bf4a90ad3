import { z } from 'zod';
import type { TrytonClientOptions } from './session.js';

/** `config` of a system in the hub file. */
export const configSchema = z
  .strictObject({
    /** `https://user:password@host`; user and password may be given below instead. */
    url: z.url({ protocol: /^https?$/, error: 'must begin with https:// or http://' }),
    database: z.string().min(1),
    user: z.string().min(1).optional(),
    password: z.string().min(1).optional(),
    /** Tryton's base language: the one that its database was initialised in. */
    language: z.string().min(2).default('en'),
    timeoutMs: z.int().min(1_000).max(600_000).default(30_000),
    /** Longer than Tryton's longest transaction; imports and wizards may take minutes. */
    overlapMs: z.int().min(1_000).max(86_400_000).default(300_000),
    /** Whether deletes are read from Tryton's log, for which the user must be an administrator. */
    readsLog: z.boolean().default(true),
  })
  .check(({ value, issues }) => {
    const { user, password } = accountOf(value);
    if (user !== '' && password !== '') return;
    issues.push({ code: 'custom', input: undefined, message: 'needs user and password, in the url or beside it' });
  });

/** Configuration of one Tryton database. */
export type TrytonConfig = z.infer<typeof configSchema>;

/** How to connect, with the credentials taken out of the address. */
export function toClientOptions(config: TrytonConfig): Omit<TrytonClientOptions, 'readOnly'> {
  const { database, timeoutMs } = config;
  return { origin: new URL(config.url).origin, database, timeoutMs, ...accountOf(config) };
}

function accountOf(config: Pick<TrytonConfig, 'url' | 'user' | 'password'>): { user: string; password: string } {
  const { username, password } = new URL(config.url);
  return {
    user: config.user ?? decodeURIComponent(username),
    password: config.password ?? decodeURIComponent(password),
  };
}
