import { group, type ChangeRecord, type Finding, type LogPlace } from './history.js';

interface Placed {
  readonly key: string;
  readonly place: LogPlace;
}

/** All records of a key lie on one partition for the topic's whole life: only there they have an order. Pure. */
export function checkPartitions(logs: Readonly<Record<string, readonly Placed[]>>): Finding[] {
  return Object.entries(logs).flatMap(([topic, records]) =>
    [...group(records)].flatMap(([key, placed]): Finding[] => {
      const partitions = new Set(placed.map(({ place }) => place.partition));
      if (partitions.size < 2) return [];
      return [{ fault: 'two-partitions', key, detail: `${topic}: partitions ${[...partitions].join(', ')}` }];
    }),
  );
}

/**
 * Sequences of a key are drawn without a gap, so that one that is missing is an event that was lost, however many came
 * after it. Pure.
 * @param events first occurrences, in the order of the topic
 */
export function checkGaps(key: string, events: readonly ChangeRecord[]): Finding[] {
  const seen = new Set(events.map(({ sequence }) => sequence));
  const highest = events.reduce((max, { sequence }) => (sequence > max ? sequence : max), 0n);
  const missing: bigint[] = [];
  for (let sequence = 1n; sequence < highest; sequence += 1n) if (!seen.has(sequence)) missing.push(sequence);
  if (missing.length === 0) return [];
  return [{ fault: 'lost-event', key, detail: `sequences ${missing.join(', ')} of ${highest} are not on the topic` }];
}
