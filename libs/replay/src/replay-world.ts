import { REPLAY_HEADERS } from './replay-headers.js';
import type { OffsetRange } from './ports.js';
import type { PartitionWindow, ReplayMessage, ReplayOrder, ReplayRecord, ReplaySource } from './replay-ports.js';

const PARTITIONS = 2;
const KEYS = ['a', 'b', 'c', 'd', 'e'];
const UNWANTED = 'c';
/** Keys of the messages that are there at the begin: also several of one key in a row. */
const BEFORE = [0, 0, 2, 4, 1, 3, 3, 0, 1, 1, 4, 0, 2];

/** A message as the target got it. */
export interface Sent {
  readonly targetPartition: number | null;
  readonly key: string;
  readonly origin: { readonly partition: number; readonly offset: bigint };
}

/** What came to the target. */
export function toLogged({ partition, key, headers }: ReplayRecord): Sent {
  const origin = {
    partition: Number(headers[REPLAY_HEADERS.partition]),
    offset: BigInt(headers[REPLAY_HEADERS.offset] ?? -1),
  };
  return { targetPartition: partition, key, origin };
}

/** True for what the order of {@link anOrder} asks for. */
export function isSelected({ key }: ReplayMessage): boolean {
  return key !== UNWANTED;
}

/** A topic of two partitions that goes on growing, and of which compaction took some messages. */
export class SimulatedLog {
  private readonly log: ReplayMessage[][] = Array.from({ length: PARTITIONS }, () => []);
  readonly ends: readonly bigint[];
  private count = 0;

  constructor() {
    for (const at of BEFORE) this.append(at);
    this.ends = this.log.map((messages) => (messages.at(-1)?.offset ?? -1n) + 1n);
  }

  append(at: number): void {
    const index = at % KEYS.length;
    const messages = this.log[index % PARTITIONS];
    const last = messages?.at(-1)?.offset ?? -1n;
    const offset = last + (this.count % 3 === 0 ? 2n : 1n);
    this.count += 1;
    const key = KEYS[index] ?? 'a';
    messages?.push({ partition: index % PARTITIONS, offset, key, value: null, headers: {}, timestampMs: 0 });
  }

  messages(partition: number): readonly ReplayMessage[] {
    return (this.log[partition] ?? []).filter(({ offset }) => offset < (this.ends[partition] ?? 0n));
  }

  windows(): PartitionWindow[] {
    return this.ends.map((untilOffset, partition) => ({ partition, fromOffset: 0n, untilOffset }));
  }

  asSource(gate: <T>(effect: () => T) => Promise<T>): ReplaySource {
    return {
      offsets: () => Promise.resolve(new Map<number, OffsetRange>()),
      offsetsAt: () => Promise.resolve(new Map<number, bigint>()),
      isTimeOrdered: () => Promise.resolve(true),
      read: async (windows, onPage, signal) => {
        const positions = new Map(windows.map(({ partition, fromOffset }) => [partition, fromOffset]));
        for (let turn = 0; !signal.aborted; turn += 1) {
          const open = windows.filter(({ partition, untilOffset }) => (positions.get(partition) ?? 0n) < untilOffset);
          const window = open[turn % Math.max(1, open.length)];
          if (!window) return;
          const fromOffset = positions.get(window.partition) ?? 0n;
          const page = await gate(() => this.page(window, fromOffset, 1 + (turn % 3)));
          positions.set(window.partition, page.nextOffset);
          await onPage(page);
        }
      },
    };
  }

  private page(
    { partition, untilOffset }: PartitionWindow,
    fromOffset: bigint,
    size: number,
  ): Parameters<Parameters<ReplaySource['read']>[1]>[0] {
    const rest = (this.log[partition] ?? []).filter(({ offset }) => offset >= fromOffset && offset < untilOffset);
    const messages = rest.slice(0, size);
    const last = messages.at(-1);
    const nextOffset = last && rest.length > size ? last.offset + 1n : untilOffset;
    return { partition, fromOffset, nextOffset, messages };
  }
}

/** All of the log but one key, to a lane, at a rate that makes chunks of two messages. */
export function anOrder(id: string, log: SimulatedLog): ReplayOrder {
  return {
    id,
    source: 'golden.product.v1',
    destination: { kind: 'lane', topic: 'lane.shop.golden.product.v1', group: 'shop', keepsPartitions: true },
    selection: { keys: KEYS.filter((key) => key !== UNWANTED) },
    pace: { perSecond: 8, rampMs: 0 },
    windows: log.windows(),
    actor: 'test',
  };
}

/** Promises that what came to the target breaks: complete, nothing else, and per key first occurrences in their order. */
export function findBroken(log: SimulatedLog, sent: readonly Sent[]): string[] {
  const broken = new Set<string>();
  const wanted = [0, 1].flatMap((partition) => log.messages(partition).filter(isSelected));
  const named = (origin: { readonly partition: number; readonly offset: bigint }): string =>
    `${origin.partition}/${origin.offset}`;
  const names = new Set(wanted.map(named));
  const arrived = new Set(sent.map(({ origin }) => named(origin)));
  if ([...names].some((name) => !arrived.has(name))) broken.add('lost a message');
  if ([...arrived].some((name) => !names.has(name))) broken.add('sent what was not asked for');
  const places = new Map<string, number | null>();
  const highest = new Map<string, bigint>();
  const seen = new Set<string>();
  for (const { key, origin, targetPartition } of sent) {
    if (places.has(key) && places.get(key) !== targetPartition) broken.add('a key is in two partitions');
    places.set(key, targetPartition);
    const isFirst = !seen.has(named(origin));
    seen.add(named(origin));
    if (isFirst && origin.offset < (highest.get(key) ?? -1n)) broken.add('out of order');
    if (isFirst) highest.set(key, origin.offset);
  }
  return [...broken];
}
