import { HubError, instantOfMs, parseInstant, type Instant } from '#kernel';

const DAY_MS = 24 * 60 * 60_000;
const MAX_DAYS = 366;

/**
 * When a key ends. @param text days as `90d`, or a time with its offset
 * @throws HubError HUB_REQUEST_INVALID for no time, one that is over, or one too far away
 */
export function expiryOf(text: string, nowMs: number): Instant {
  const days = /^(\d{1,3})d$/.exec(text)?.[1];
  const at = days === undefined ? parseInstant(text) : instantOfMs(nowMs + Number(days) * DAY_MS);
  const ms = at === null ? Number.NaN : Date.parse(at);
  if (at !== null && ms > nowMs && ms <= nowMs + MAX_DAYS * DAY_MS) return at;
  throw new HubError('HUB_REQUEST_INVALID', `A key ends at a time to come within ${MAX_DAYS} days, such as 90d.`);
}
