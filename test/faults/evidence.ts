import { fromContributionRecord, fromGoldenRecord, topicNames } from '#contracts';
import type { SystemId } from '#kernel';
import { TopicReader, type RawMessage } from '#messaging-kafka';
import type { AuditedWrite, ChangeRecord, Evidence, GoldenRecord, JournalEntry } from './checker.js';
import { valueOf } from './product-value.js';
import type { TestHub, WatchedHub } from './test-hub.js';

/** Reads everything that a run left: topics from their first offset, by a group of its own; stores; audit tables. */
export async function collectEvidence(test: TestHub, journal: readonly JournalEntry[]): Promise<Evidence> {
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
  return messages.flatMap(({ value }) => {
    if (!value) return [];
    const { key, epoch, sequence, fields } = fromContributionRecord('product', test.codec.decode(value).record);
    return [{ key, epoch, sequence, value: valueOf(fields) }];
  });
}

/** Golden records of a topic; those of one key in their order. */
export async function readGolden(test: TestHub, topic: string): Promise<GoldenRecord[]> {
  const messages = await readTopic(test, topic);
  return messages.flatMap(({ value }) => {
    if (!value) return [];
    const { key, version, sequence, fields } = fromGoldenRecord('product', test.codec.decode(value).record);
    return [{ key, version, sequence, value: valueOf(fields) }];
  });
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
  const { rows } = await stores.pool.query<Audit>('SELECT op, old, new FROM shop.audit ORDER BY id');
  return rows.map(({ op, old, new: after }) => ({
    key: (after ?? old)?.sku ?? '',
    op,
    before: old && valueOf(fieldsOf(old.name_de, old.brand, old.weight_kg)),
    after: after && valueOf(fieldsOf(after.name_de, after.brand, after.weight_kg)),
  }));
}

interface Audit {
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
