import { HubError } from '#kernel';
import { z } from 'zod';

/** What no database here can store. */
const NUL = '\0';

/** What a request says, once checked. @throws HubError HUB_REQUEST_INVALID naming every problem, or a NUL character in a text */
export function parseRequest<T>(schema: z.ZodType<T>, sent: unknown): T {
  const parsed = schema.safeParse(sent);
  if (!parsed.success) throw new HubError('HUB_REQUEST_INVALID', z.prettifyError(parsed.error));
  if (hasNul(parsed.data))
    throw new HubError('HUB_REQUEST_INVALID', 'A text has a NUL character, which can be kept nowhere.');
  return parsed.data;
}

function hasNul(value: unknown): boolean {
  if (typeof value === 'string') return value.includes(NUL);
  return typeof value === 'object' && value !== null && Object.values(value).some(hasNul);
}
