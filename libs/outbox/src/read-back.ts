import type { CurrentRows, EventPlace, TailPage } from './read-back.ports.js';

/** What a {@link ReadBack} needs. */
export interface ReadBackOptions {
  readonly rows: CurrentRows;
  /** End offsets of the topic by partition. */
  readonly endOffsets: () => Promise<ReadonlyMap<number, bigint>>;
  /** The event's place, which its headers name; null for what is none of the service's events. */
  readonly placeOf: (headers: Readonly<Record<string, string>>) => EventPlace | null;
  /** Keys that may be suspected at once. */
  readonly maxSuspects?: number;
}

/** A key whose last event, as far as it was read, is older than its row. */
interface Suspect {
  readonly partition: number;
  readonly offset: bigint;
}

/** Suspects of which nothing waited to be published any more, and the ends of the partitions drawn after that. */
interface Check {
  readonly suspects: ReadonlyMap<string, Suspect>;
  readonly ends: ReadonlyMap<number, bigint>;
}

/** Some 20 MB of keys. */
const MAX_SUSPECTS = 100_000;
const CHUNK = 500;

/**
 * Finds keys of a compacted topic that end with an older event than their row, which a late batch of a frozen relay leaves
 * behind, and has the row appended anew (ADR 18). Not by a guess about how late a batch may be: a key is suspect when the
 * last event read of it is below its committed row. It is found out when (1) no row of it waits in the outbox, so that
 * its newest event was acknowledged, (2) the topic's ends were drawn after that and (3) everything up to them was read, and
 * the same event is still the last. Memory: the suspects, which are keys that are just being changed.
 */
export class ReadBack {
  private readonly suspects = new Map<string, Suspect>();
  private readonly nextOffsets = new Map<number, bigint>();
  private check: Check | null = null;
  private overflowed = 0;

  constructor(private readonly options: ReadBackOptions) {}

  /** Keys that were suspect and could not be remembered, since the start. */
  get forgotten(): number {
    return this.overflowed;
  }

  /** Where a partition is read from. */
  begin(partition: number, offset: bigint): void {
    this.nextOffsets.set(partition, offset);
  }

  /** Takes what was read next of a partition. Repeats do no harm. @throws what `findPlaces` throws; take the page again */
  async take({ partition, messages, nextOffset }: TailPage): Promise<void> {
    const last = new Map<string, { readonly place: EventPlace | null; readonly offset: bigint }>();
    for (const { key, value, headers, offset } of messages) {
      const place = value === null ? null : this.options.placeOf(headers);
      if (value === null || place) last.set(key, { place, offset });
    }
    const current =
      last.size > 0 ? await this.options.rows.findPlaces([...last.keys()]) : new Map<string, EventPlace>();
    for (const [key, { place, offset }] of last) {
      const row = current.get(key);
      // a tombstone is the last word on an erased key: nothing of it is appended anew
      if (place && row && isBelow(place, row)) this.suspect(key, { partition, offset });
      else this.suspects.delete(key);
    }
    this.nextOffsets.set(partition, nextOffset);
  }

  /** Looks at the suspects once; call it now and then. @returns how many rows were appended anew */
  async settle(): Promise<number> {
    if (this.check === null) await this.beginCheck();
    const { check } = this;
    if (check === null || !this.hasReached(check.ends)) return 0;
    this.check = null;
    const late = [...check.suspects].filter(([key, suspect]) => this.suspects.get(key) === suspect);
    let appended = 0;
    for (let start = 0; start < late.length; start += CHUNK) {
      const chunk = late.slice(start, start + CHUNK);
      appended += await this.options.rows.appendCurrent(chunk.map(([key]) => key));
      // only now: should the process end before, the position makes the next one find them again
      for (const [key, suspect] of chunk) if (this.suspects.get(key) === suspect) this.suspects.delete(key);
    }
    return appended;
  }

  /** Where reading goes on after a restart, by partition: no suspect lies before it. */
  positions(): Map<number, bigint> {
    const positions = new Map(this.nextOffsets);
    for (const { partition, offset } of this.suspects.values())
      if (offset < (positions.get(partition) ?? offset)) positions.set(partition, offset);
    return positions;
  }

  private suspect(key: string, suspect: Suspect): void {
    if (this.suspects.size < (this.options.maxSuspects ?? MAX_SUSPECTS) || this.suspects.has(key))
      this.suspects.set(key, suspect);
    else this.overflowed += 1;
  }

  private async beginCheck(): Promise<void> {
    const suspects = new Map(this.suspects);
    if (suspects.size === 0) return;
    const unpublished = await this.options.rows.findUnpublished([...suspects.keys()]);
    for (const key of unpublished) suspects.delete(key);
    if (suspects.size > 0) this.check = { suspects, ends: await this.options.endOffsets() };
  }

  private hasReached(ends: ReadonlyMap<number, bigint>): boolean {
    return [...ends].every(([partition, end]) => (this.nextOffsets.get(partition) ?? end) >= end);
  }
}

function isBelow(one: EventPlace, other: EventPlace): boolean {
  return one.epoch !== other.epoch ? one.epoch < other.epoch : one.sequence < other.sequence;
}
