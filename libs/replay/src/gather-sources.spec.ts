import { describe, expect, test } from '@jest/globals';
import type { GoldenEvent } from '#contracts';
import type { LiveLimits, SurvivorshipPolicy } from '#hub-file';
import { HubError, type BusinessKey, type ExternalId, type Instant, type SystemId } from '#kernel';
import { SourceGathering, type GatherOptions } from './gather-sources.js';
import { InMemorySourceStage } from './in-memory-source-stage.js';
import type { SeedPosition, TopicPages } from './ports.js';
import { toSeedRow } from './seed-row.js';
import { compileShape, WHOLE } from './seed-shape.js';
import type { SourceReader, SourceWord, SourceWords } from './source-ports.js';

const ERP = 'erp' as SystemId;
const POLICY: SurvivorshipPolicy = {
  ...{ version: 1, create: [ERP], delete: [ERP] },
  fields: { brand: { kind: 'owner', system: ERP } },
};
const LIMITS: LiveLimits = {
  ...{ windowMs: 60_000, maxChangedShare: 0, minChanged: 2, maxDeleteShare: 0, minDeletes: 1 },
  ...{ toZero: {}, changedBy: {} },
};
const SIGNAL = new AbortController().signal;

const idOf = (key: string): ExternalId => `id-${key}` as ExternalId;

function anEvent(key: string, brand: string): GoldenEvent {
  return {
    ...{ entity: 'product', key: key as BusinessKey, version: 5n, sequence: 5n, status: 'live', policyVersion: 1 },
    ...{ changedAt: '2026-11-27T10:00:00.000000Z' as Instant, fields: { brand } },
    merged: [{ system: ERP, externalId: idOf(key), epoch: 1, sequence: 1n }],
    origins: { brand: { system: ERP, at: null, rule: 'owner' } },
  };
}

function aWord(key: string, brand: string): SourceWord {
  const accepted = { status: 'live' as const, fields: { brand }, marks: { brand: { at: null, unread: false } } };
  const contribution = { system: ERP, externalId: idOf(key), epoch: 1, sequence: 2n, accepted, rejected: {} };
  return { system: ERP, externalId: idOf(key), key: key as BusinessKey, contribution };
}

/** An ERP that answers one record a page, and a topic in one partition. */
class Place implements SourceReader {
  readonly systems = [ERP];
  readonly stage = new InMemorySourceStage();
  readonly asked: string[] = [];
  /** Records that pages do not show, though they are there. */
  readonly hidden = new Map<string, string>();
  expireAt: string | null = null;

  constructor(
    readonly topic: Readonly<Record<string, string>>,
    readonly erp: Map<string, string>,
  ) {}

  async read(_system: SystemId, cursor: string | null): Promise<SourceWords> {
    this.asked.push(cursor ?? 'first');
    if (cursor !== null && cursor === this.expireAt) {
      this.expireAt = null;
      throw new HubError('HUB_SCAN_CURSOR_EXPIRED', 'planted');
    }
    const [index, all] = [Number(cursor ?? 0), [...this.erp]];
    const words = all.slice(index, index + 1).map(([key, brand]) => aWord(key, brand));
    return { words, silent: [], next: index + 1 < all.length ? String(index + 1) : null };
  }

  async fetch(_system: SystemId, externalIds: readonly ExternalId[]): Promise<SourceWords> {
    this.asked.push(`fetch ${externalIds.join()}`);
    const found = [...this.hidden].filter(([key]) => externalIds.includes(idOf(key)));
    return { words: found.map(([key, brand]) => aWord(key, brand)), silent: [], next: null };
  }

  gathering(more: Partial<GatherOptions> = {}): SourceGathering {
    return new SourceGathering({
      ...{ entity: 'product', policy: POLICY, view: compileShape('product', WHOLE), reader: this, stage: this.stage },
      ...{ pages: this.pages, partitionOf: () => 0, clock: { nowMs: () => 1_000, sleep: async () => undefined } },
      ...{ limits: null, ...more },
    });
  }

  async gather(more: Partial<GatherOptions> = {}): Promise<void> {
    const gathering = this.gathering(more);
    await gathering.begin(null);
    await gathering.run(SIGNAL);
  }

  private get pages(): TopicPages {
    const messages = Object.entries(this.topic).map(([key, brand], index) => {
      return { offset: BigInt(index), key: key as BusinessKey, row: toSeedRow(anEvent(key, brand)) };
    });
    const nextOffset = BigInt(messages.length);
    return {
      offsets: async () => new Map([[0, { low: 0n, high: nextOffset }]]),
      read: (_from, onPage) => onPage({ partition: 0, fromOffset: 0n, nextOffset, messages, unreadable: [] }),
    };
  }
}

describe('gathering what sources say', () => {
  test('finds what was added, changed and removed against the topic', async () => {
    const place = new Place({ a: 'A', b: 'B', c: 'C' }, new Map(Object.entries({ a: 'A', b: 'drifted', d: 'D' })));
    await place.gather();
    expect((await place.stage.find())?.differences).toEqual({
      added: 1,
      changed: 1,
      removed: 1,
      keys: ['b', 'c', 'd'],
    });
    const records = await place.stage.findRecords(0, '', 9);
    expect(records.map(({ kind, event }) => [event.key, kind, event.sequence, event.status])).toEqual([
      ['b', 'changed', 5n, 'live'],
      ['c', 'removed', 5n, 'deleted'],
      ['d', 'added', 0n, 'live'],
    ]);
  });

  test('asks for a record that no page showed, before it takes it for deleted', async () => {
    const place = new Place({ a: 'A', b: 'B', c: 'C' }, new Map([['a', 'A']]));
    place.hidden.set('b', 'B');
    await place.gather();
    expect(place.asked).toEqual(['first', 'fetch id-b,id-c']);
    expect((await place.stage.find())?.differences).toMatchObject({ removed: 1, keys: ['c'] });
  });

  test('goes on from the last page, and begins a system anew whose cursor is not taken any more', async () => {
    const place = new Place({}, new Map(Object.entries({ a: 'A', b: 'B', c: 'C' })));
    const stop = new AbortController();
    const cut = place.gathering({ onScan: ({ pages }) => pages === 1 && stop.abort() });
    await cut.begin(null);
    await expect(cut.run(stop.signal)).rejects.toMatchObject({ code: 'HUB_SCAN_INCOMPLETE' });
    place.expireAt = '2';
    const next = place.gathering();
    await next.begin(new Map<number, SeedPosition>([[0, { nextOffset: 0n, state: 'seeding' }]]));
    await next.run(SIGNAL);
    expect(place.asked).toEqual(['first', '1', '2', 'first', '1', '2']);
    await next.run(SIGNAL); // what is staged is not asked for again
    expect(place.asked).toHaveLength(6);
  });

  test('waits as long as it is asked to, and gives up on what does not get better', async () => {
    const place = new Place({}, new Map([['a', 'A']]));
    const waits: number[] = [];
    const clock = { nowMs: () => 1_000, sleep: async (ms: number) => void waits.push(ms) };
    const refusals = [
      new HubError('HUB_RATE_LIMITED', 'planted', { retryAfterSeconds: 7 }),
      new HubError('HUB_SOURCE_UNREACHABLE', 'planted', { retryAfterMs: 90_000 }),
    ];
    const reader: SourceReader = {
      systems: [ERP],
      fetch: (system, ids) => place.fetch(system, ids),
      read: async (system, cursor) => {
        const refusal = refusals.shift();
        if (refusal) throw refusal;
        return place.read(system, cursor);
      },
    };
    await place.gather({ clock, reader });
    expect(waits).toEqual([7_000, 90_000]);
    const down = async (): Promise<never> => Promise.reject(new HubError('HUB_SERVICE_UNREACHABLE', 'planted'));
    await expect(place.gather({ clock, reader: { ...reader, read: down } })).rejects.toMatchObject({
      code: 'HUB_SERVICE_UNREACHABLE',
    });
    expect(waits).toHaveLength(2 + 9);
  });

  test('refuses more changes or deletes than the limits, and reads anew the next time, unless they were accepted', async () => {
    const place = new Place({ a: 'A', b: 'B', c: 'C' }, new Map([['a', 'A']]));
    await expect(place.gather({ limits: LIMITS })).rejects.toMatchObject({
      code: 'HUB_SEED_DIFFERS',
      message: expect.stringContaining('2 records would be deleted'),
    });
    expect(await place.stage.find()).toMatchObject({ scans: [], differences: null });
    await place.gather();
    expect((await place.stage.find())?.differences).toMatchObject({ removed: 2 });
  });

  test('a target that went on, and of which nothing is staged, is none to go on with', async () => {
    const place = new Place({ a: 'A' }, new Map());
    for (const position of [
      { nextOffset: 1n, state: 'seeding' },
      { nextOffset: 0n, state: 'live' },
    ] as const)
      await expect(place.gathering().begin(new Map([[0, position]]))).rejects.toMatchObject({
        code: 'HUB_SEED_TARGET_INVALID',
      });
    await place.gathering().begin(new Map([[0, { nextOffset: 0n, state: 'seeding' }]])); // it was killed before the first page
    expect(await place.stage.find()).toMatchObject({ scans: [] });
  });
});
