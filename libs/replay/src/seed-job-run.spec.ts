import { describe, expect, test } from '@jest/globals';
import { HubError, silentLogger, type BusinessKey, type Clock, type SystemId } from '#kernel';
import { InMemorySeedJobStore } from './in-memory-seed-job-store.js';
import { InMemorySeedTarget } from './in-memory-seed-target.js';
import type { SeedMessage, SeedPage, TopicPages } from './ports.js';
import type { SeedJob } from './seed-job-ports.js';
import { SeedJobRun, type OpenSeed, type SeedJobRunOptions } from './seed-job-run.js';
import type { SeedRow } from './seed-row.js';
import { WHOLE } from './seed-shape.js';

const TOPIC = 'golden.product.v1';
const LEASE_MS = 6_000;
const MESSAGES = 6;
const NEVER = new AbortController().signal;

function messageAt(offset: number): SeedMessage {
  const key = `k${offset}` as BusinessKey;
  const row: SeedRow = { key, version: 1n, sequence: 1n, status: 'live', fields: { brand: 'Acme' } };
  return { offset: BigInt(offset), key, row };
}

/** One partition, read two messages a page; nothing comes beyond `blockedAt` until the read is stopped. */
class Topic implements TopicPages {
  blockedAt = MESSAGES;
  readonly begun: bigint[] = [];
  onBlocked: () => void = () => undefined;

  async offsets(): Promise<ReadonlyMap<number, { low: bigint; high: bigint }>> {
    return new Map([[0, { low: 0n, high: BigInt(MESSAGES) }]]);
  }

  async read(
    from: ReadonlyMap<number, bigint>,
    onPage: (page: SeedPage) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    let at = Number(from.get(0) ?? 0n);
    this.begun.push(BigInt(at));
    for (; at < this.blockedAt && !signal.aborted; at += 2) {
      const messages = [messageAt(at), messageAt(at + 1)];
      await onPage({ partition: 0, fromOffset: BigInt(at), nextOffset: BigInt(at + 2), messages, unreadable: [] });
    }
    if (!signal.aborted) this.onBlocked();
    if (signal.aborted) return;
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  }
}

class Place {
  nowMs = 1;
  readonly store = new InMemorySeedJobStore(() => this.nowMs);
  readonly topic = new Topic();
  readonly target = new InMemorySeedTarget('product');
  readonly certified: number[] = [];
  private readonly clock: Clock = {
    nowMs: () => this.nowMs,
    sleep: async (ms) => {
      this.nowMs += ms;
      await new Promise((resolve) => setImmediate(resolve));
    },
  };

  static async ordered(): Promise<Place> {
    const place = new Place();
    const destination = { kind: 'store', store: 'shop', table: 'product' } as const;
    const windows = [{ partition: 0, fromOffset: 0n, untilOffset: BigInt(MESSAGES) }];
    await place.store.create({
      id: 's1',
      entity: 'product',
      topic: TOPIC,
      destination,
      shape: WHOLE,
      windows,
      actor: 'me',
    });
    return place;
  }

  async open(): Promise<OpenSeed> {
    return { pages: this.topic, target: this.target, endValidMs: 60_000, close: async () => undefined };
  }

  async run(owner: string, signal = NEVER, more: Partial<SeedJobRunOptions> = {}): Promise<string> {
    const claim = await this.store.claim('s1', owner, LEASE_MS);
    if (claim.kind !== 'claimed') throw new Error(claim.kind);
    const certify: SeedJobRunOptions['certify'] = async ({ source }) => {
      this.certified.push(source.records);
      return 's1';
    };
    const parts = { store: this.store, open: () => this.open(), certify, clock: this.clock, logger: silentLogger };
    return new SeedJobRun(claim.job, owner, { ...parts, beatMs: 500, random: () => 0.5, ...more }).run(signal);
  }

  async job(): Promise<SeedJob | null> {
    return this.store.find('s1');
  }
}

describe('a seed that the hub runs', () => {
  test('reads, compares, and ends with one certificate and how far it came', async () => {
    const place = await Place.ordered();
    expect(await place.run('one')).toBe('done');
    const progress = { phase: 'comparing', compared: MESSAGES, positions: [{ nextOffset: 6n, untilOffset: 6n }] };
    expect(await place.job()).toMatchObject({ state: 'done', certificate: 's1', problem: null, progress });
    expect(place.certified).toEqual([MESSAGES]);
  });

  test('tells how far the scan of each source is before it reads, and what they had at the end', async () => {
    const place = await Place.ordered();
    const scan = { pages: 2, records: 700, isEnded: false };
    const seen: unknown[] = [];
    const open: SeedJobRunOptions['open'] = async (onScan) => {
      const gather = async (): Promise<void> => {
        onScan({ ...scan, system: 'erp' as SystemId, cursor: 'c', silent: 0 });
        onScan({ ...scan, system: 'erp' as SystemId, cursor: null, silent: 0, isEnded: true });
        onScan({ ...scan, system: 'shop' as SystemId, cursor: 'c', silent: 1 });
        while (seen.length === 0) {
          const { progress } = (await place.job()) ?? {};
          if (progress) seen.push(progress);
          await new Promise((resolve) => setImmediate(resolve));
        }
      };
      return { ...(await place.open()), sources: { gathering: { begin: async () => undefined, run: gather } } };
    };
    expect(await place.run('one', NEVER, { open })).toBe('done');
    const scans = [
      { ...scan, system: 'erp', isEnded: true },
      { ...scan, system: 'shop' },
    ];
    expect(seen).toMatchObject([{ phase: 'scanning', scans, positions: [], compared: 0 }]);
    expect(await place.job()).toMatchObject({ progress: { phase: 'comparing', scans, compared: MESSAGES } });
  });

  test('that is left goes on where its target stands, whoever takes it up', async () => {
    const place = await Place.ordered();
    const stopping = new AbortController();
    place.topic.blockedAt = 4;
    place.topic.onBlocked = () => stopping.abort();
    expect(await place.run('one', stopping.signal)).toBe('running');
    expect(await place.job()).toMatchObject({ state: 'running', certificate: null });
    place.topic.blockedAt = MESSAGES;
    expect(await place.run('two')).toBe('done');
    expect(place.topic.begun.slice(0, 2)).toEqual([0n, 4n]);
  });

  test('is aborted by an order of anybody, and is not certified', async () => {
    const place = await Place.ordered();
    place.topic.blockedAt = 2;
    place.topic.onBlocked = () => void place.store.abort('s1');
    await place.run('one');
    expect(await place.job()).toMatchObject({ state: 'aborted', certificate: null, progress: { phase: 'reading' } });
    expect(place.certified).toEqual([]);
  });

  test('stops without a word once another process has taken over', async () => {
    const place = await Place.ordered();
    place.topic.blockedAt = 2;
    place.topic.onBlocked = () => {
      place.nowMs += LEASE_MS + 1;
      void place.store.claim('s1', 'two', LEASE_MS);
    };
    await expect(place.run('one')).rejects.toMatchObject({ code: 'HUB_LEASE_LOST' });
    expect(await place.job()).toMatchObject({ state: 'running', certificate: null });
    expect(await place.store.advance('s1', 'two', null)).toBe('running');
  });

  test('into a target that others wrote into fails with a code, and is not certified', async () => {
    const place = await Place.ordered();
    const compare = place.target.withSnapshot.bind(place.target);
    place.target.withSnapshot = (work) => {
      place.target.rows.delete('k3' as BusinessKey);
      return compare(work);
    };
    expect(await place.run('one')).toBe('failed');
    const problem = { code: 'HUB_SEED_UNPROVEN', reason: expect.stringContaining('1 missing, 0 extra, 0 different') };
    expect(await place.job()).toMatchObject({ state: 'failed', certificate: null, problem });
    expect(place.certified).toEqual([]);
  });

  test('makes nothing in a target that is not fit', async () => {
    const place = await Place.ordered();
    place.target.topic = 'golden.price.v1';
    expect(await place.run('one')).toBe('failed');
    expect(await place.job()).toMatchObject({ state: 'failed', problem: { code: 'HUB_SEED_TARGET_INVALID' } });
    expect(place.target.positions.size).toBe(0);
  });

  test('waits for a store that is away, and gives up what stays away with its code', async () => {
    const place = await Place.ordered();
    let opened = 0;
    const isAway = new HubError('HUB_DATABASE_UNREACHABLE', 'planted');
    const open = async (): Promise<OpenSeed> => {
      opened += 1;
      if (opened < 4) throw isAway;
      return place.open();
    };
    expect(await place.run('one', NEVER, { open })).toBe('done');
    const other = await Place.ordered();
    expect(await other.run('one', NEVER, { open: () => Promise.reject(isAway) })).toBe('failed');
    expect(await other.job()).toMatchObject({ state: 'failed', problem: { code: 'HUB_DATABASE_UNREACHABLE' } });
  });
});
