import { parseDurationMs } from '#hub-file';
import { HubError, instantOfMs, parseInstant, type Instant } from '#kernel';
import type { CliContext } from './context.js';

/** An instant as people write it: with its offset, or how long ago (15m). @throws HubError HUB_REQUEST_INVALID for any other text */
export function toInstant(context: CliContext, text: string): Instant {
  const ago = parseDurationMs(text);
  const at = ago === null ? parseInstant(text) : instantOfMs(context.clock.nowMs() - ago);
  if (at !== null) return at;
  throw new HubError('HUB_REQUEST_INVALID', `"${text}" is neither a time with offset nor how long ago (15m).`);
}
