import type { ReplayPaceLimit } from './replay-ports.js';

const FIRST_SHARE = 0.05;
const MAX_CHUNK = 5_000;

/** How many messages may have been sent this long after the start; the rate grows evenly during the ramp. Pure. */
export function allowedAfter({ perSecond, rampMs }: ReplayPaceLimit, elapsedMs: number): number {
  if (perSecond === null) return Number.POSITIVE_INFINITY;
  const rampedMs = Math.min(elapsedMs, rampMs);
  const grownShare = rampMs === 0 ? 0 : ((1 - FIRST_SHARE) * rampedMs * rampedMs) / (2 * rampMs);
  const weightedMs = FIRST_SHARE * rampedMs + grownShare + (elapsedMs - rampedMs);
  return (perSecond * weightedMs) / 1000;
}

/** How many messages are sent at once: a quarter of a second's, so that the rate is kept smoothly. */
export function chunkSize({ perSecond }: ReplayPaceLimit): number {
  return perSecond === null ? MAX_CHUNK : Math.min(MAX_CHUNK, Math.max(1, Math.floor(perSecond / 4)));
}
