import type { GoldenEvent } from '#contracts';
import type { BusinessKey, RecordStatus } from '#kernel';
import type { OffsetRange, SeedMessage, SeedPage } from './ports.js';
import { toSeedRow, type SeedRow } from './seed-row.js';

interface LoggedMessage extends SeedMessage {
  readonly atMs: number;
}

const CHANGES = ['write', 'delete', 'repeat', 'erase', 'compact'] as const;

/** What may happen to the topic. */
export type TopicChange = (typeof CHANGES)[number];

/** True for a step that concerns the topic. */
export function isTopicChange(what: string): what is TopicChange {
  return (CHANGES as readonly string[]).includes(what);
}

/** Name of the simulated topic. */
export const TOPIC_NAME = 'golden.product.v1';

const PARTITIONS = 2;
const KEYS = ['a', 'b', 'c', 'd'].map((key) => key as BusinessKey);

/** A compacted topic of two partitions: what was superseded longer than the lag ago may vanish at any compaction. */
export class SimulatedTopic {
  /** Everything that was ever written, by partition. */
  private readonly history: LoggedMessage[][] = Array.from({ length: PARTITIONS }, () => []);
  /** What compaction left of it. */
  private log: LoggedMessage[][] = Array.from({ length: PARTITIONS }, () => []);
  private readonly versions = new Map<BusinessKey, SeedRow[]>();
  private readonly erased = new Set<BusinessKey>();
  isCompacted = false;

  constructor(
    private readonly lagMs: number,
    private readonly nowMs: () => number,
  ) {}

  /** @param at picks the key, and the version that is repeated */
  take(change: TopicChange, at: number): void {
    const key = KEYS[at % KEYS.length] ?? ('a' as BusinessKey);
    switch (change) {
      case 'write':
        return this.write(key, 'live');
      case 'delete':
        return this.write(key, 'deleted');
      case 'repeat':
        return this.repeat(key, at);
      case 'erase':
        return this.erase(key);
      case 'compact':
        return this.compact();
    }
  }

  partitionOf(key: BusinessKey): number {
    return KEYS.indexOf(key) % PARTITIONS;
  }

  isErased(key: BusinessKey): boolean {
    return this.erased.has(key);
  }

  /** Whether the key has any message, be it an old one repeated, from an offset on. */
  isToldFrom(key: BusinessKey, from: bigint): boolean {
    return (this.history[this.partitionOf(key)] ?? []).some((message) => message.key === key && message.offset >= from);
  }

  /** @param toEvent what the message tells of the record; nothing unless given */
  write(key: BusinessKey, status: RecordStatus, toEvent?: (sequence: bigint) => GoldenEvent): void {
    if (this.erased.has(key)) return;
    const versions = this.versions.get(key) ?? [];
    const number = BigInt(versions.length + 1);
    const row = toEvent ? toSeedRow(toEvent(number)) : { key, version: number, sequence: number, status, fields: {} };
    this.versions.set(key, [...versions, row]);
    this.append(key, row);
  }

  /** A zombie relay's late batch: an older event again, and then, as its reader sees it, the current one anew. */
  private repeat(key: BusinessKey, at: number): void {
    const versions = this.versions.get(key) ?? [];
    const [older, current] = [versions[at % Math.max(1, versions.length)], versions.at(-1)];
    if (!older || !current || this.erased.has(key)) return;
    this.append(key, older);
    this.append(key, current);
  }

  private erase(key: BusinessKey): void {
    if (this.erased.has(key) || !this.versions.has(key)) return;
    this.erased.add(key);
    this.append(key, null);
  }

  private compact(): void {
    const dueMs = this.nowMs() - this.lagMs;
    this.log = this.log.map((messages) =>
      messages.filter(
        ({ key, offset }) =>
          !messages.some((later) => later.key === key && later.offset > offset && later.atMs <= dueMs),
      ),
    );
    this.isCompacted = true;
  }

  starts(): Map<number, bigint> {
    return new Map(this.history.map((_, partition) => [partition, 0n]));
  }

  ends(): Map<number, bigint> {
    return new Map(this.history.map((_, partition) => [partition, this.endOf(partition)]));
  }

  ranges(): Map<number, OffsetRange> {
    return new Map([...this.ends()].map(([partition, high]) => [partition, { low: 0n, high }]));
  }

  endOf(partition: number): bigint {
    return BigInt(this.history[partition]?.length ?? 0);
  }

  page(partition: number, fromOffset: bigint, size: number): SeedPage {
    const rest = (this.log[partition] ?? []).filter(({ offset }) => offset >= fromOffset);
    const messages = rest.slice(0, size);
    const last = messages.at(-1);
    const nextOffset = last && rest.length > size ? last.offset + 1n : this.endOf(partition);
    return { partition, fromOffset, nextOffset, messages, unreadable: [] };
  }

  /** The state of a partition as of an offset: per key the highest sequence before it; nothing of what was erased. */
  stateAt(partition: number, nextOffset: bigint): Map<BusinessKey, SeedRow> {
    const state = new Map<BusinessKey, SeedRow>();
    for (const { key, row, offset } of this.history[partition] ?? []) {
      if (offset >= nextOffset) break;
      if (row === null) state.delete(key);
      else if (row.sequence > (state.get(key)?.sequence ?? 0n)) state.set(key, row);
    }
    return state;
  }

  private append(key: BusinessKey, row: SeedRow | null): void {
    const partition = this.partitionOf(key);
    const message = { offset: this.endOf(partition), key, row, atMs: this.nowMs() };
    this.history[partition]?.push(message);
    this.log[partition]?.push(message);
  }
}
