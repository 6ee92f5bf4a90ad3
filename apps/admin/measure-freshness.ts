import { HEADERS, type TopicFreshness } from '#contracts';
import { instantOfMs } from '#kernel';

/** What is looked at of a message. */
export interface MeasuredMessage {
  /** When the broker appended it. */
  readonly timestampMs: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** How fresh a topic is by its newest messages: of all their times the nearest rank. Null without a message. Pure. */
export function measureFreshness(messages: readonly MeasuredMessage[]): TopicFreshness | null {
  if (messages.length === 0) return null;
  const newestMs = Math.max(...messages.map(({ timestampMs }) => timestampMs));
  const delays = messages.flatMap(({ timestampMs, headers }) => {
    const saidMs = Date.parse(headers[HEADERS.time] ?? '');
    // a clock that is ahead of the broker's makes no negative delay
    return Number.isNaN(saidMs) ? [] : [Math.max(0, timestampMs - saidMs)];
  });
  delays.sort((a, b) => a - b);
  const at = (share: number): number | null => delays[Math.ceil(delays.length * share) - 1] ?? null;
  return { newestAt: instantOfMs(newestMs), sample: messages.length, p50Ms: at(0.5), p95Ms: at(0.95) };
}
