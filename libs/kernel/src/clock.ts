/** Time as an input. Instants are ISO 8601 UTC strings with six decimals, so that they sort as text. */
export interface Clock {
  /** Milliseconds since the epoch. */
  nowMs(): number;
  /** Resolves after `ms` milliseconds, or at once (without error) when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** An instant in UTC: `2026-11-23T04:05:06.123456Z`. Always six decimals: text order is time order. */
export type Instant = string & { readonly __brand: 'Instant' };

/** The machine's clock. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal?.addEventListener('abort', done, { once: true });
    }),
};

/** The instant of a millisecond time-stamp. */
export function instantOfMs(ms: number): Instant {
  return `${new Date(ms).toISOString().slice(0, -1)}000Z` as Instant;
}

/** A time that is an instant but for its fraction: any other day, hour or zone is the calendar's business. */
const PLAIN_UTC =
  /^(\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(?:\.(\d{1,9}))?Z$/;

/** Parses any ISO 8601 time with an offset into an {@link Instant} (micro-second precision kept); null when it is none. */
export function parseInstant(text: string): Instant | null {
  const plain = PLAIN_UTC.exec(text);
  if (plain) return withMicros(plain[1] ?? '', plain[2]);
  const match = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?\s*(Z|[+-]\d\d(?::?\d\d)?)$/.exec(text);
  if (!match) return null;
  const [, date, time, fraction, zone = 'Z'] = match;
  const offset = zone === 'Z' ? 'Z' : zone.length === 3 ? `${zone}:00` : zone;
  const ms = Date.parse(`${date}T${time}${offset}`);
  if (Number.isNaN(ms)) return null;
  return withMicros(new Date(ms).toISOString().slice(0, 19), fraction);
}

function withMicros(seconds: string, fraction = ''): Instant {
  return `${seconds}.${fraction.padEnd(6, '0').slice(0, 6)}Z` as Instant;
}
