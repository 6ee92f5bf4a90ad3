import { combineDigests, type CombinedDigest } from '#canonical';
import type { IdRange } from './compare-ranges.js';
import type { DigestSide, KeyDigest } from './descend.js';

/** Records of one side, by external id. */
export type SideRecords = ReadonlyMap<string, string | null>;

/** Whether a range holds an id. */
export type Holds = (range: IdRange, id: string) => boolean;

/** In byte order: JavaScript's own order differs beyond U+FFFF. */
export function compareBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

/** What a range holds: after `from`, up to and including `to`. */
export const holds: Holds = ({ from, to }, id) =>
  (from === null || compareBytes(id, from) > 0) && (to === null || compareBytes(id, to) <= 0);

/** A side in memory, which counts what it is asked for. `holds` is replaced only by wrong sides. */
export class InMemorySide implements DigestSide {
  rangesAsked = 0;
  keysAnswered = 0;

  constructor(
    private readonly records: SideRecords,
    private readonly holdsId: Holds = holds,
  ) {}

  async digestRanges(ranges: readonly IdRange[]): Promise<readonly CombinedDigest[]> {
    this.rangesAsked += ranges.length;
    return ranges.map((range) => {
      const digests = this.in(range).map(({ digest }) => digest);
      const known = combineDigests(digests.filter((digest) => digest !== null));
      return { ...known, count: digests.length };
    });
  }

  async findKeyDigests(ranges: readonly IdRange[]): Promise<readonly KeyDigest[]> {
    const found = ranges.flatMap((range) => this.in(range));
    this.keysAnswered += found.length;
    return found;
  }

  private in(range: IdRange): KeyDigest[] {
    return [...this.records]
      .filter(([externalId]) => this.holdsId(range, externalId))
      .map(([externalId, digest]) => ({ externalId, digest }));
  }
}
