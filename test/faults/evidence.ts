import { createHash } from 'node:crypto';
import { fromContributionRecord, fromGoldenRecord, topicNames } from '#contracts';
import type { SystemId } from '#kernel';
import { TopicReader, type RawMessage } from '#messaging-kafka';
import type {
  AppendedRow,
  AuditedWrite,
  ChangeRecord,
  Evidence,
  GoldenRecord,
  JournalEntry,
  LogPlace,
  PublishedRecord,
  UserEdit,
} from './history.js';
import { valueOf } from './product-value.js';
import type { TestHub, WatchedHub } from './test-hub.js';

/** What a run did itself. */
export interface Doings {
  readonly journal: readonly JournalEntry[];
  readonly userEdits?: readonly UserEdit[];
  /** Of the outbox audit; null where there is none. */
  readonly appended?: readonly AppendedRow[] | null;
}

/** Keys of what a run put onto topics by hand, to be parked by whoever reads it. */
export const POISON = 'poison-';

/** Reads everything that a run left: topics from their first offset, by a group of its own; stores; audit tables. */
export async function collectEvidence(test: TestHub, doings: Doings): Promise<Evidence> {
  const { journal, userEdits = [], appended = null } = doings;
  const names = topicNames(test.hub.file.hub.topicPrefix);
  const [changes, targetChanges, history, state] = await Promise.all([
    readEvents(test, names.change('erp' as SystemId, 'product')),
    readEvents(test, names.change('shop' as SystemId, 'product')),
    readEvents(test, names.history('product')),
    readEvents(test, names.golden('product')),
  ]);
  return {
    ...{ journal, userEdits, appended },
    published: [...changes, ...targetChanges, ...history, ...state].map(toPublished),
    changes: changes.map((event) => toChange(test, event)),
    targetChanges: targetChanges.map((event) => toChange(test, event)),
    history: history.map((event) => toGolden(test, event)),
    state: state.map((event) => toGolden(test, event)),
    source: await readSource(test),
    writes: await readWrites(test),
    sourceWrites: await countHubWrites(test, 'erp'),
  };
}

type Event = RawMessage & { readonly value: Buffer };

/** What the hub published on a topic; events of one key in their order. */
async function readEvents(test: TestHub, topic: string): Promise<Event[]> {
  const messages = await readTopic(test, topic);
  return messages.filter((one): one is Event => one.value !== null && !one.key.startsWith(POISON));
}

function toChange(test: TestHub, event: Event): ChangeRecord {
  const { record } = test.codec.decode(event.value);
  const { key, epoch, sequence, fields } = fromContributionRecord('product', record);
  return { key, epoch, sequence, value: valueOf(fields), place: placeOf(event) };
}

function toGolden(test: TestHub, event: Event): GoldenRecord {
  const { record } = test.codec.decode(event.value);
  const { key, version, sequence, fields } = fromGoldenRecord('product', record);
  return { key, version, sequence, value: valueOf(fields), place: placeOf(event) };
}

function toPublished(event: Event): PublishedRecord {
  const digest = createHash('md5').update(event.value).digest('hex');
  return { topic: event.topic, key: event.key, digest, place: placeOf(event) };
}

function placeOf({ partition, offset }: RawMessage): LogPlace {
  return { partition, offset };
}

/** Every record of a topic, prepared to be decoded; those of one partition in their order. */
export async function readTopic({ connection, codec }: WatchedHub, topic: string): Promise<RawMessage[]> {
  const reader = new TopicReader(connection);
  const ranges = [...(await reader.offsets(topic))].filter(([, { low, high }]) => high > low);
  const left = new Map(ranges.map(([partition, { high }]) => [partition, high]));
  const found: RawMessage[] = [];
  if (left.size > 0)
    await reader.read({
      topic,
      from: new Map(ranges.map(([partition, { low }]) => [partition, low])),
      onPage: async ({ partition, messages, nextOffset }) => {
        found.push(...messages);
        if (nextOffset >= (left.get(partition) ?? 0n)) left.delete(partition);
        if (left.size === 0) reader.stop();
      },
    });
  await reader.close();
  await codec.prepare(found.map(({ value }) => value));
  return found;
}

async function readSource({ stores }: TestHub): Promise<Map<string, string>> {
  const { rows } = await stores.pool.query<Article>('SELECT article_no, title_de, maker, weight_g FROM erp.article');
  return new Map(rows.map((row) => [row.article_no, valueOf(fieldsOf(row.title_de, row.maker, row.weight_g / 1000))]));
}

interface Article {
  readonly article_no: string;
  readonly title_de: string;
  readonly maker: string;
  readonly weight_g: number;
}

/** The shop's audit in the order of its writes. */
export async function readWrites({ stores }: TestHub): Promise<AuditedWrite[]> {
  const { rows } = await stores.pool.query<Audit>('SELECT role, op, old, new FROM shop.audit ORDER BY id');
  return rows.map(({ role, op, old, new: after }) => ({
    byHub: role === stores.roleOf('shop'),
    revision: after && Math.round(Number(after.weight_kg) * 1_000),
    key: (after ?? old)?.sku ?? '',
    op,
    before: old && valueOf(fieldsOf(old.name_de, old.brand, old.weight_kg)),
    after: after && valueOf(fieldsOf(after.name_de, after.brand, after.weight_kg)),
  }));
}

interface Audit {
  readonly role: string;
  readonly op: AuditedWrite['op'];
  readonly old: Product | null;
  readonly new: Product | null;
}

interface Product {
  readonly sku: string;
  readonly name_de: string;
  readonly brand: string;
  readonly weight_kg: number;
}

/** Rows of a system that the hub's role has written. */
export async function countHubWrites({ stores }: TestHub, system: 'erp' | 'shop'): Promise<number> {
  const text = `SELECT count(*)::int AS count FROM ${system}.audit WHERE role = $1`;
  const { rows } = await stores.pool.query<{ count: number }>(text, [stores.roleOf(system)]);
  return rows[0]?.count ?? 0;
}

function fieldsOf(title: string, maker: string, weight: number): Parameters<typeof valueOf>[0] {
  return { name: { de: title }, brand: maker, weight: String(weight) };
}
