type Headers = Readonly<Record<string, string>>;

/** Larger than any number of seconds to wait: a moment since 1970. */
const EPOCH_SECONDS = 1_000_000_000;
const EPOCH_MS = 1_000_000_000_000;
/** What to wait where a refusal names no time. */
const UNNAMED_MS = 1_000;

/**
 * How many milliseconds to ask nothing, from a refusal for rate (429, or 503 with Retry-After) or from an answer that
 * spent the last request of its window; 0 to go on.
 *
 * @see RFC 9110, 10.2.3 (Retry-After); `RateLimit-*` and `X-RateLimit-*` as vendors send them
 */
export function waitOf(status: number, headers: Headers, nowMs: number): number {
  const named = retryAfterMs(headers['retry-after'], nowMs);
  if (status === 429) return named ?? resetMs(headers, nowMs) ?? UNNAMED_MS;
  if (status === 503 && named !== null) return named;
  return remaining(headers) === 0 ? (resetMs(headers, nowMs) ?? 0) : 0;
}

function retryAfterMs(value: string | undefined, nowMs: number): number | null {
  if (value === undefined) return null;
  if (/^\d+(?:\.\d+)?$/.test(value.trim())) return Math.ceil(Number(value) * 1_000);
  const atMs = Date.parse(value);
  return Number.isNaN(atMs) ? null : Math.max(0, atMs - nowMs);
}

function remaining(headers: Headers): number | null {
  const text = headers['x-ratelimit-remaining'] ?? headers['ratelimit-remaining'] ?? headers['x-rate-limit-remaining'];
  return text !== undefined && /^\d+$/.test(text.trim()) ? Number(text) : null;
}

/** A reset is told in seconds from now, or as a moment in seconds or milliseconds since 1970. */
function resetMs(headers: Headers, nowMs: number): number | null {
  const text = headers['x-ratelimit-reset'] ?? headers['ratelimit-reset'] ?? headers['x-rate-limit-reset'];
  const value = Number(text);
  if (text === undefined || text.trim() === '' || Number.isNaN(value) || value < 0) return null;
  if (value >= EPOCH_MS) return Math.max(0, value - nowMs);
  if (value >= EPOCH_SECONDS) return Math.max(0, value * 1_000 - nowMs);
  return Math.ceil(value * 1_000);
}
