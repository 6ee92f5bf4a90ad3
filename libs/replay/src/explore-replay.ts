import { HubError } from '#kernel';
import type { ReplayFilter } from './replay-filter.js';
import type { PartitionWindow, ReplayMessage, ReplaySource } from './replay-ports.js';
import { judge } from './replay-run.js';

/** What of one partition would be replayed. */
export interface PartitionCount extends PartitionWindow {
  readonly messages: number;
  readonly selected: number;
  readonly unreadable: number;
}

/** A message that would be replayed; its value is not shown. */
export interface ReplaySample {
  readonly partition: number;
  readonly offset: bigint;
  readonly key: string;
  readonly timestampMs: number;
  readonly valueBytes: number;
}

/** Outcome of a dry run. */
export interface ReplayPreview {
  readonly partitions: readonly PartitionCount[];
  readonly messages: number;
  readonly selected: number;
  readonly unreadable: number;
  /** The first messages of each partition. */
  readonly samples: readonly ReplaySample[];
  /** Keys asked for of which no message is selected, the first of them. */
  readonly keysNotFound: readonly string[];
}

/** What to look at. */
export interface ExploreOptions {
  readonly source: ReplaySource;
  readonly windows: readonly PartitionWindow[];
  readonly filter: ReplayFilter;
  readonly keys?: readonly string[] | undefined;
  readonly signal: AbortSignal;
  readonly onProgress?: (messages: number) => void;
}

const SAMPLES_A_PARTITION = 3;
const NAMED_KEYS = 20;

/** Reads the windows and counts what a replay of them would send; writes nothing. @throws HubError as {@link ReplaySource.read} */
export async function exploreReplay(options: ExploreOptions): Promise<ReplayPreview> {
  const { source, windows, filter, signal, onProgress } = options;
  const tallies = new Map(windows.map((window) => [window.partition, new Tally(window)]));
  const missing = new Set(options.keys ?? []);
  let messages = 0;
  await source.read(
    windows,
    async (page) => {
      await filter.prepare(page.messages);
      for (const message of page.messages)
        if (tallies.get(page.partition)?.take(message, judge(filter, message))) missing.delete(message.key);
      onProgress?.((messages += page.messages.length));
    },
    signal,
  );
  if (signal.aborted) throw new HubError('HUB_SCAN_INCOMPLETE', 'The dry run was interrupted.');
  const partitions = [...tallies.values()].map((tally) => tally.count());
  const sum = (of: (count: PartitionCount) => number): number =>
    partitions.reduce((total, count) => total + of(count), 0);
  return {
    partitions,
    messages: sum((count) => count.messages),
    selected: sum((count) => count.selected),
    unreadable: sum((count) => count.unreadable),
    samples: [...tallies.values()].flatMap(({ samples }) => samples),
    keysNotFound: [...missing].slice(0, NAMED_KEYS),
  };
}

class Tally {
  readonly samples: ReplaySample[] = [];
  private readonly counts = { selected: 0, passed: 0, unreadable: 0 };

  constructor(private readonly window: PartitionWindow) {}

  /** True for a selected message. */
  take(message: ReplayMessage, verdict: 'selected' | 'passed' | 'unreadable'): boolean {
    this.counts[verdict] += 1;
    if (verdict !== 'selected') return false;
    const { partition, offset, key, timestampMs, value } = message;
    if (this.samples.length < SAMPLES_A_PARTITION)
      this.samples.push({ partition, offset, key, timestampMs, valueBytes: value?.length ?? 0 });
    return true;
  }

  count(): PartitionCount {
    const { selected, passed, unreadable } = this.counts;
    return { ...this.window, messages: selected + passed + unreadable, selected, unreadable };
  }
}
