import { HubError } from '#kernel';
import { z } from 'zod';

/** What a request says, once checked. @throws HubError HUB_REQUEST_INVALID naming every problem */
export function parseRequest<T>(schema: z.ZodType<T>, sent: unknown): T {
  const parsed = schema.safeParse(sent);
  if (parsed.success) return parsed.data;
  throw new HubError('HUB_REQUEST_INVALID', z.prettifyError(parsed.error));
}
