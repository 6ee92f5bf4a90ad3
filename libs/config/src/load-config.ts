import { HubError } from '#kernel';
import type { z } from 'zod';

/** Variables by name; an empty one counts as unset. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads configuration from the environment.
 * @throws HubError HUB_CONFIG_INVALID naming every wrong variable at once, never a value.
 */
export function loadConfig<Schema extends z.ZodObject>(schema: Schema, environment?: Environment): z.infer<Schema> {
  const given = Object.entries(environment ?? process.env).filter(([, value]) => value !== '');
  const parsed = schema.safeParse(Object.fromEntries(given));
  if (parsed.success) return parsed.data;
  const set = new Set(given.map(([name]) => name));
  const problems = parsed.error.issues.map((issue) => {
    const name = issue.path.map(String).join('.');
    return set.has(name) ? `${name}: ${issue.message}` : `${name}: is not set`;
  });
  throw new HubError('HUB_CONFIG_INVALID', `Wrong environment variables:\n  ${problems.join('\n  ')}`, { problems });
}
