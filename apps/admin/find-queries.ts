import type { FoundBy } from '#contracts';
import { instantOfMs, parseInstant, type Instant } from '#kernel';

/** What somebody asks for. */
export interface Asked {
  readonly q: string;
  readonly type?: string | undefined;
  readonly from?: Instant | undefined;
  readonly until?: Instant | undefined;
  readonly limit: number;
}

/** One question to the index. */
export interface FindQuery {
  readonly by: FoundBy;
  /** As `GET /records` takes it. */
  readonly query: Readonly<Record<string, string>>;
}

const TRACE = /^[0-9a-f]{32}$/i;
const TYPE = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+\.v\d+$/;
const TIME = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(:\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:\d{2})?$/;
const MINUTE_MS = 60_000;
const SECOND_MS = 1_000;

/**
 * The questions that a text may be: a key can look like anything, so it is always asked for as a key and as an event id. A time
 * without an offset is UTC, and means all of its minute or second. Without a text, type and times alone are asked for. Pure.
 */
export function toFindQueries(asked: Asked): readonly FindQuery[] {
  const { q, type, from, until } = asked;
  const shared = toFilters(asked);
  if (q === '') return [{ by: type === undefined ? 'time' : 'type', query: shared }];
  const moment = from === undefined && until === undefined ? toWindow(q) : null;
  return [
    { by: 'key', query: { ...shared, key: q } },
    { by: 'event', query: { ...shared, event: q } },
    ...(TRACE.test(q) ? [{ by: 'trace', query: { ...shared, trace: q.toLowerCase() } } as const] : []),
    ...(type === undefined && TYPE.test(q) ? [{ by: 'type', query: { ...shared, type: q } } as const] : []),
    ...(moment ? [{ by: 'time', query: { ...shared, ...moment } } as const] : []),
  ];
}

function toFilters({ type, from, until, limit }: Asked): Readonly<Record<string, string>> {
  return {
    ...{ limit: String(limit), fresh: 'true' },
    ...(type !== undefined && { type }),
    ...(from !== undefined && { from }),
    ...(until !== undefined && { until }),
  };
}

function toWindow(text: string): { readonly from: Instant; readonly until: Instant } | null {
  const [, day = '', minute = '', seconds, offset = 'Z'] = TIME.exec(text) ?? [];
  const from = day === '' ? null : parseInstant(`${day}T${minute}${seconds ?? ':00'}${offset}`);
  if (from === null) return null;
  return { from, until: instantOfMs(Date.parse(from) + (seconds === undefined ? MINUTE_MS : SECOND_MS)) };
}
