import { fromContributionRecord, fromGoldenRecord, topicNames } from '#contracts';
import type { SystemId } from '#kernel';
import { TopicReader, type RawMessage } from '#messaging-kafka';
import type {
  AuditedWrite,
  ChangeRecord,
  Evidence,
  GoldenRecord,
  JournalEntry,
  LogPlace,
  UserEdit,
} from './history.js';
import { valueOf } from './product-value.js';
import type { TestHub, WatchedHub } from './test-hub.js';

/** What a run did itself. */
export interface Doings {
  readonly journal: readonly JournalEntry[];
  readonly userEdits?: readonly UserEdit[];
}

/** Keys of what a run put onto topics by hand, to be parked by whoever reads it. */
export const POISON = 'poison-';

/** Reads everything that a run left: topics from their first offset, by a group of its own; stores; audit tables. */
export async function collectEvidence(test: TestHub, { journal, userEdits = [] }: Doings): Promise<Evidence> {
  const names = topicNames(test.hub.file.hub.topicPrefix);
  const [changes, targetChanges, history, state] = await Promise.all([
    readChanges(test, names.change('erp' as SystemId, 'product')),
    readChanges(test, names.change('shop' as SystemId, 'product')),
    readGolden(test, names.history('product')),
    readGolden(test, names.golden('product')),
  ]);
  const source = await readSource(test);
  const writes = await readWrites(test);
  return {
    journal,
    userEdits,
    changes,
    targetChanges,
    history,
    state,
    source,
    writes,
    sourceWrites: await countHubWrites(test, 'erp'),
  };
}

/** Change events of a topic; events of one key in their order. */
export async function readChanges(test: TestHub, topic: string): Promise<ChangeRecord[]> {
  const messages = await readTopic(test, topic);
  return messages.flatMap((message) => {
    if (!message.value || message.key.startsWith(POISON)) return [];
    const { record } = test.codec.decode(message.value);
    const { key, epoch, sequence, fields } = fromContributionRecord('product', record);
    return [{ key, epoch, sequence, value: valueOf(fields), place: placeOf(message) }];
  });
}

/** Golden records of a topic; those of one key in their order. */
export async function readGolden(test: TestHub, topic: string): Promise<GoldenRecord[]> {
  const messages = await readTopic(test, topic);
  return messages.flatMap((message) => {
    if (!message.value) return [];
    const { record } = test.codec.decode(message.value);
    const { key, version, sequence, fields } = fromGoldenRecord('product', record);
    return [{ key, version, sequence, value: valueOf(fields), place: placeOf(message) }];
  });
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
