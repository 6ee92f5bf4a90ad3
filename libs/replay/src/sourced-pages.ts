import type { OffsetRange, SeedPage, TopicPages } from './ports.js';
import { toSeedRow } from './seed-row.js';
import type { SeedView } from './seed-shape.js';
import type { SourceStage, StagedSources } from './source-ports.js';

const PAGE_SIZE = 1_000;

/**
 * A topic of which the sources have the word before the noted offsets: the records that differ are given first, and what the
 * topic says of them before those offsets is left out. Everything from there on is the topic's.
 */
export class SourcedPages implements TopicPages {
  constructor(
    private readonly pages: TopicPages,
    private readonly stage: SourceStage,
    private readonly view: SeedView,
  ) {}

  offsets(): Promise<ReadonlyMap<number, OffsetRange>> {
    return this.pages.offsets();
  }

  async *given(): AsyncGenerator<SeedPage> {
    for (const [partition, { low }] of (await this.noted()) ?? [])
      for (let after = ''; ;) {
        const records = await this.stage.findRecords(partition, after, PAGE_SIZE);
        const given = records.map(({ event }) => toSeedRow(event, this.view));
        if (given.length > 0)
          yield { partition, fromOffset: low, nextOffset: low, messages: [], unreadable: [], given };
        if (records.length < PAGE_SIZE) break;
        after = records.at(-1)?.event.key ?? '';
      }
  }

  async read(
    from: ReadonlyMap<number, bigint>,
    onPage: (page: SeedPage) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const noted = await this.noted();
    await this.pages.read(from, async (page) => onPage(await this.withoutSourced(page, noted)), signal);
  }

  /** Tombstones stay: an erased record is no source's. */
  private async withoutSourced(page: SeedPage, noted: StagedSources['noted']['ranges'] | null): Promise<SeedPage> {
    const end = noted?.get(page.partition)?.high ?? 0n;
    const before = page.messages.filter(({ offset, row }) => offset < end && row !== null);
    if (before.length === 0) return page;
    const differing = await this.stage.findDiffering([...new Set(before.map(({ key }) => key))]);
    if (differing.size === 0) return page;
    const isLeft = ({ offset, row, key }: (typeof before)[number]): boolean =>
      offset >= end || row === null || !differing.has(key);
    return { ...page, messages: page.messages.filter(isLeft) };
  }

  private async noted(): Promise<StagedSources['noted']['ranges'] | null> {
    return (await this.stage.find())?.noted.ranges ?? null;
  }
}
