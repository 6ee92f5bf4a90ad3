import {
  fromContributionRecord,
  fromGoldenRecord,
  topicNames,
  type AvroRecord,
  type ContributionEvent,
  type Entity,
  type GoldenEvent,
} from '#contracts';
import type { LiveLimits, SurvivorshipPolicy } from '#hub-file';
import { noMetrics, silentLogger, type BusinessKey, type Clock, type SystemId } from '#kernel';
import { aContribution, type ContributionSketch } from './golden-builders.js';
import { GoldenMerger, type PageResult } from './golden-merger.js';
import { GoldenTakeOver } from './golden-take-over.js';
import type { EventEncoder, GoldenStore } from './ports.js';
import type { RoundMark } from './repair.js';
import { Reverter } from './reverter.js';

/** A store under test, and what was appended to its outbox so far. */
export interface GoldenStoreFixture {
  readonly store: GoldenStore;
  outbox(): Promise<
    readonly { readonly topics: readonly string[]; readonly key: string; readonly value: Uint8Array }[]
  >;
  close(): Promise<void>;
}

/** One published event in a form that a test can compare: `state A-1 v1 s1 live 10`. */
export type PublishedLine = string;

const ERP = 'erp' as SystemId;
const SHOP = 'shop' as SystemId;
const LIMITS: LiveLimits = {
  windowMs: 60_000,
  maxChangedShare: 0.9,
  minChanged: 5,
  maxDeleteShare: 0,
  minDeletes: 1,
  toZero: { amount: { max: 2 } },
  changedBy: { amount: { percent: 50, max: 3 } },
};

/** Owner erp for `amount`; `taxIncluded` to the last writer. */
export const PLAY_POLICY: SurvivorshipPolicy = {
  version: 1,
  create: [ERP],
  delete: [ERP],
  fields: {
    amount: { kind: 'owner', system: ERP },
    taxIncluded: { kind: 'last-writer-wins', systems: [ERP, SHOP] },
  },
};

/** How a page of the play is read. */
export interface PlayPage {
  readonly partition?: number;
  readonly batch?: string;
  /** The number of messages unless given. */
  readonly size?: number;
  /** Every message is a batch of its own. */
  readonly apart?: boolean;
  /** The messages are of no batch: what they say was judged before. */
  readonly judged?: boolean;
  /** The messages are what this reconcile round found; judged, too. */
  readonly round?: RoundMark;
}

/** Golden over a store, driven by a test: it keeps offsets, makes pages and reads what was published. */
export class GoldenPlay {
  nowMs = Date.parse('2026-03-01T00:00:00Z');
  isEncoderBroken = false;
  private readonly offsets = new Map<string, bigint>();
  private batches = 0;
  private pages: Parameters<GoldenMerger['applyPage']>[0][] = [];
  readonly merger: GoldenMerger;
  readonly takeOver: GoldenTakeOver;
  readonly reverter: Reverter;

  constructor(
    readonly fixture: GoldenStoreFixture,
    readonly policy: SurvivorshipPolicy = PLAY_POLICY,
  ) {
    const clock: Clock = { nowMs: () => this.nowMs, sleep: () => Promise.resolve() };
    const encoder: EventEncoder = { encode: (_type, record) => this.encode(record) };
    const shared = { store: fixture.store, encoder, topics: topicNames('play.') };
    const quiet = { logger: silentLogger, metrics: noMetrics };
    this.reverter = new Reverter({ ...shared, policies: { price: policy }, clock, ...quiet });
    this.takeOver = new GoldenTakeOver(shared);
    this.merger = new GoldenMerger({
      ...shared,
      policies: { price: policy },
      limits: Object.fromEntries(['customer', 'price', 'product', 'stock-level'].map((e) => [e, LIMITS])) as Record<
        Entity,
        LiveLimits
      >,
      clock,
      ...quiet,
    });
  }

  /** Applies one page of price changes; all of them are one source batch. */
  page(sketches: readonly ContributionSketch[], options: PlayPage = {}): Promise<PageResult> {
    const events = sketches.map((sketch) => aContribution({ entity: 'price', ...sketch }));
    return this.apply(events, options);
  }

  /** Applies one change event as it was published. */
  take(event: ContributionEvent): Promise<PageResult> {
    return this.apply([event], { judged: true });
  }

  private async apply(events: readonly ContributionEvent[], options: PlayPage): Promise<PageResult> {
    const system = events[0]?.system ?? ERP;
    const topic = `play.${system}.price.changed.v1`;
    const partition = options.partition ?? 0;
    const first = this.offsets.get(`${topic}/${partition}`) ?? 0n;
    const id = `${system}/price/${options.batch ?? `b${(this.batches += 1)}`}`;
    const batch = options.judged || options.round ? null : { id, size: options.size ?? events.length };
    const messages = events.map((event, index) => {
      const own = options.apart && batch ? { id: `${batch.id}.${index}`, size: 1 } : batch;
      return { event, batch: own, isBulk: false, offset: first + BigInt(index), round: options.round ?? null };
    });
    const nextOffset = first + BigInt(events.length);
    const page = { topic, partition, system, entity: 'price', messages, nextOffset } as const;
    this.pages.push(page);
    const result = await this.merger.applyPage(page);
    this.offsets.set(`${topic}/${partition}`, nextOffset);
    return result;
  }

  /** Delivers the last page once more, as Kafka does after a crash. */
  redeliver(): Promise<PageResult> {
    const page = this.pages.at(-1);
    if (!page) throw new Error('no page was delivered');
    return this.merger.applyPage(page);
  }

  async settle(): Promise<void> {
    while (await this.merger.settleDecided());
  }

  /** Plans or applies to the end. */
  async revert(): Promise<void> {
    while (await this.reverter.step());
  }

  /** What the hub itself contributed, in order. */
  async contributed(): Promise<ContributionEvent[]> {
    const rows = await this.fixture.outbox();
    const own = rows.filter(({ topics }) => topics[0] === 'play.hub.price.changed.v1');
    return own.map(({ value }) => fromContributionRecord('price', decode(value)));
  }

  async published(): Promise<PublishedLine[]> {
    const rows = await this.fixture.outbox();
    return rows
      .flatMap(perTopic)
      .filter(({ topic }) => !topic.startsWith('play.hub.'))
      .map(toLine);
  }

  /** What lies in the outbox for the state topic. */
  async events(): Promise<GoldenEvent[]> {
    const rows = await this.fixture.outbox();
    const state = rows.filter(({ topics }) => topics[0] === 'play.golden.price.v1');
    return state.map(({ value }) => fromGoldenRecord('price', decode(value)));
  }

  async audited(): Promise<string[]> {
    const rows = await this.fixture.outbox();
    const entries = rows
      .flatMap(perTopic)
      .filter(({ topic }) => topic === 'play.hub.audit.v1')
      .map(({ value }) => decode(value));
    return entries.map((entry) => `${String(entry['action'])} ${String(entry['actor'])}`);
  }

  async amount(key: string): Promise<unknown> {
    const record = await this.fixture.store.findRecord('price', key as BusinessKey);
    return record?.golden?.fields['amount'];
  }

  private encode(record: AvroRecord): Buffer {
    if (this.isEncoderBroken) throw new Error('planted');
    return Buffer.from(JSON.stringify(record));
  }
}

/** `count` price changes of erp, keys from `P-1` on. */
export function prices(count: number, amount: string, sequence = 1n, at?: number): ContributionSketch[] {
  return Array.from({ length: count }, (_, index) => {
    return { key: `P-${index + 1}`, sequence, fields: { amount }, ...(at === undefined ? {} : { at }) };
  });
}

/** What every topic of a message gets. */
function perTopic<Row extends { readonly topics: readonly string[] }>({
  topics,
  ...row
}: Row): (Omit<Row, 'topics'> & { readonly topic: string })[] {
  return topics.map((topic) => ({ ...row, topic }));
}

function toLine({ topic, value }: { readonly topic: string; readonly value: Uint8Array }): PublishedLine {
  const { key, version, sequence, status, amount } = decode(value) as Readonly<
    Record<string, ContributionEvent['key']>
  >;
  const kind = topic.endsWith('.history.v1') ? 'history' : 'state';
  return `${kind} ${key} v${version} s${sequence} ${status} ${amount}`;
}

function decode(value: Uint8Array): AvroRecord {
  return JSON.parse(Buffer.from(value).toString('utf8')) as AvroRecord;
}
