import type { Instant } from '#kernel';
import { instantOfMs } from '#kernel';

const LOCAL = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?$/;

/** Building a formatter costs some 50 µs, using one 2 µs: they are kept, one per zone of the hub file. */
const formatters = new Map<string, Intl.DateTimeFormat>();

/** Whether the runtime knows the IANA zone. */
export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/**
 * Instant of a wall-clock time without offset (`2026-03-29 02:30:00.5`, or a date) in an IANA zone; null when the text
 * is none. A time that occurs twice is the first one; one that is skipped is moved on by the length of the gap.
 */
export function toInstantInZone(text: string, zone: string): Instant | null {
  const match = LOCAL.exec(text.trim());
  if (!match) return null;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = ''] = match;
  const wallMs = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  if (new Date(wallMs).toISOString().slice(0, 10) !== `${year}-${month}-${day}`) return null;
  return withMicros(instantOfMs(wallToUtcMs(wallMs, zone)), fraction);
}

/** Wall-clock time of an instant in a zone, without offset: `2026-11-23 05:06:07.000000`. */
export function toWallClock(instant: string, zone: string): string {
  const utcMs = Date.parse(`${instant.slice(0, 19)}Z`);
  const wall = new Date(utcMs + offsetMs(utcMs, zone)).toISOString();
  return `${wall.slice(0, 10)} ${wall.slice(11, 19)}${instant.slice(19, 26)}`;
}

/** The larger offset gives the earlier of two instants; in a gap the offset before the gap counts. */
function wallToUtcMs(wallMs: number, zone: string): number {
  const dayMs = 86_400_000;
  const before = offsetMs(wallMs - dayMs, zone);
  const after = offsetMs(wallMs + dayMs, zone);
  const candidates = [wallMs - before, wallMs - after].filter((utcMs) => utcMs + offsetMs(utcMs, zone) === wallMs);
  return candidates.length > 0 ? Math.min(...candidates) : wallMs - before;
}

function offsetMs(utcMs: number, zone: string): number {
  if (zone === 'UTC') return 0;
  const parts: Record<string, number> = {};
  for (const { type, value } of formatterOf(zone).formatToParts(utcMs)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(utcMs / 1000) * 1000;
}

function formatterOf(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone);
  if (known) return known;
  const formatter = new Intl.DateTimeFormat('en-US-u-hc-h23', {
    timeZone: zone,
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formatters.set(zone, formatter);
  return formatter;
}

function withMicros(instant: Instant, fraction: string): Instant {
  return `${instant.slice(0, 19)}.${fraction.padEnd(6, '0').slice(0, 6)}Z` as Instant;
}
