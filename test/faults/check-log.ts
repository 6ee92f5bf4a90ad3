import {
  group,
  type AppendedRow,
  type Evidence,
  type Finding,
  type LogPlace,
  type PublishedRecord,
} from './history.js';

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
 * What services appended to their outboxes, and nothing else, is on the topics: every row on each of its topics, the first
 * occurrences of a key in the order of its rows. So an event that was lost shows, however many came after it. Pure.
 */
export function checkOutbox({ appended, published }: Pick<Evidence, 'appended' | 'published'>): Finding[] {
  if (!appended) return [];
  const rows = new Map<string, bigint>();
  for (const { topics, key, sequence, digest } of appended)
    for (const topic of topics) rows.set(idOf({ topic, key, digest }), sequence);
  const seen = new Set<string>();
  const highest = new Map<string, bigint>();
  const findings: Finding[] = [];
  for (const record of published) {
    const { topic, key, place } = record;
    const id = idOf(record);
    if (seen.has(id)) continue;
    seen.add(id);
    const sequence = rows.get(id);
    const at = `${topic} ${place.partition}/${place.offset}`;
    const before = highest.get(`${topic} ${key}`) ?? 0n;
    if (sequence === undefined) findings.push({ fault: 'phantom-event', key, detail: `${at}: no outbox held it` });
    else if (sequence < before)
      findings.push({ fault: 'swapped-order', key, detail: `${at}: row ${sequence} came after row ${before}` });
    else highest.set(`${topic} ${key}`, sequence);
  }
  return [...findings, ...findLost(appended, seen)];
}

function findLost(appended: readonly AppendedRow[], seen: ReadonlySet<string>): Finding[] {
  return appended.flatMap(({ topics, key, sequence, digest }) =>
    topics
      .filter((topic) => !seen.has(idOf({ topic, key, digest })))
      .map((topic): Finding => ({ fault: 'lost-event', key, detail: `row ${sequence} is not on ${topic}` })),
  );
}

function idOf({ topic, key, digest }: Pick<PublishedRecord, 'topic' | 'key' | 'digest'>): string {
  return `${topic} ${key} ${digest}`;
}
