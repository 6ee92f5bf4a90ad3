import type { TrendPoint } from '#contracts';
import type { Instant } from '#kernel';
import type { HubReading } from './hub-reader.js';

/** One measurement of what was read. Pure. */
export function toTrendPoint({ systems, golden }: HubReading, at: Instant): TrendPoint {
  const statuses = systems.flatMap(({ status }) => (status ? [status] : []));
  const due = statuses.map(({ system, entities }) => [system, entities.reduce((sum, entity) => sum + entity.due, 0)]);
  const waiting = statuses.map(({ system, outboxRows }) => [system, outboxRows]);
  return {
    at,
    due: Object.fromEntries(due) as TrendPoint['due'],
    waiting: Object.fromEntries([
      ...waiting,
      ...(golden ? [['golden', golden.outboxRows]] : []),
    ]) as TrendPoint['waiting'],
  };
}
