import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AsOfReport, GoldenEvent, GoldenStatus, Hold } from '#contracts';
import { schemaName } from '#hub-file';
import { EventCodec, type TopicPage } from '#messaging-kafka';
import { eventually } from '#testing';
import { SYSTEMS } from '../faults/stores.js';
import { SchemaBackup } from '../harness/schema-backup.js';
import { HubUnderTest, PATIENCE } from './hub-under-test.js';

const LIMITED = SYSTEMS.replace('minChanged: 1000000', 'minChanged: 1000000, toZero: { weight: { max: 1 } }');

describe("golden's database restored from a backup", () => {
  let hub: HubUnderTest;
  let schema: string;

  const readGolden = async (topic: string): Promise<GoldenEvent[]> => {
    const { reader, codec } = hub.test;
    const events = new EventCodec(codec);
    const found: GoldenEvent[] = [];
    const onPage = async ({ messages }: TopicPage): Promise<void> => {
      const values = messages.flatMap(({ value }) => value ?? []);
      await codec.prepare(values);
      found.push(...values.map((value) => events.decodeGolden('product', value)));
    };
    await reader.readToEnd({ topic, from: new Map(), onPage });
    return found;
  };
  const edit = (maker: string, ...articles: readonly string[]): Promise<unknown> =>
    hub.sql(`UPDATE erp.article SET maker = $1 WHERE article_no = ANY ($2)`, [maker, articles]);
  const hubWrites = async (): Promise<unknown[]> =>
    hub.sql(`SELECT new ->> 'sku' AS sku, new ->> 'brand' AS brand FROM shop.audit WHERE role = $1 ORDER BY id`, [
      hub.test.stores.roleOf('shop'),
    ]);

  beforeAll(async () => {
    hub = await HubUnderTest.start({ processes: 'each', systems: LIMITED });
    schema = schemaName(hub.test.hub.file, 'golden');
    await hub.fillShop(10);
    await hub.untilRead('shop');
  });
  afterAll(() => hub.drop());

  /** Commits an edit in golden that its relay does not get to publish before the backup. */
  const backUpWithPending = async (backup: SchemaBackup): Promise<void> => {
    const { processes } = hub.test.hub;
    await processes.stop('golden');
    await hub.database.query(
      `UPDATE "${schema}".outbox_shard SET owner = 'nobody', expires_at = clock_timestamp() + interval '10 minutes'`,
    );
    await processes.start('golden');
    await edit('pending', 'A-1', 'A-2');
    await eventually(async () => {
      const { rows } = await hub.database.query(`SELECT FROM "${schema}".outbox`);
      if (rows.length < 2) throw new Error(`${rows.length} rows are pending`);
    }, PATIENCE);
    await processes.stop('golden', 'SIGKILL');
    await hub.database.query(`UPDATE "${schema}".outbox_shard SET owner = '', expires_at = '-infinity'`);
    await backup.take();
    await processes.start('golden');
  };

  test('what it had published stays, nothing is published twice, and the edit made meanwhile arrives', async () => {
    const { processes } = hub.test.hub;
    const backup = new SchemaBackup(hub.database, schema);
    await backUpWithPending(backup);
    for (const maker of ['second', 'third', 'fourth']) {
      await edit(maker, 'A-1', 'A-2', 'A-3');
      await hub.untilEqual();
    }
    const fourthAt = new Date().toISOString();
    await hub.sql(`INSERT INTO erp.article (article_no, title_de, maker) VALUES ('A-NEW', 'neu', 'second')`);
    await hub.sql(`DELETE FROM erp.article WHERE article_no = 'A-9'`);
    await hub.round('erp');
    await hub.untilEqual();
    await hub.untilRead('shop');
    await processes.stop('golden', 'SIGKILL');
    await backup.putBack();
    const writes = await hubWrites();
    const published = await hub.recordsOf(hub.topics.golden('product'));
    await edit('while down', 'A-3');
    await hub.untilRead('erp');
    await processes.start('golden');
    await hub.untilEqual();
    await hub.untilRead('shop');
    expect((await hub.recordsOf(hub.topics.golden('product'))) - published).toBe(1);
    expect(await hubWrites()).toEqual([...writes, { sku: 'A-3', brand: 'while down' }]);
    const asOf = await processes.call<AsOfReport>('golden', `/as-of/product/A-3?at=${fourthAt}`);
    expect(asOf.fields['brand']).toBe('fourth');
  });

  test('versions of a key rise on the topics, each with one content', async () => {
    await edit('afterwards', 'A-1', 'A-NEW', 'A-5');
    await hub.untilEqual();
    await hub.untilRead('shop');
    for (const topic of [hub.topics.history('product'), hub.topics.golden('product')]) {
      const last = new Map<string, GoldenEvent>();
      for (const event of await readGolden(topic)) {
        const before = last.get(event.key);
        last.set(event.key, event);
        if (!before) continue;
        const isAnswer = topic === hub.topics.golden('product') && event.version === before.version;
        expect(event.sequence).toBeGreaterThan(before.sequence);
        if (isAnswer) expect([event.status, event.fields]).toEqual([before.status, before.fields]);
        else expect(event.version).toBe(before.version + 1n);
      }
      const brands = [...last.values()].map(({ key, status, fields }) => [key, status, fields['brand']]);
      const rows = await hub.sql<{ sku: string; brand: string }>(`SELECT sku, brand FROM shop.product`);
      expect(brands.filter(([, status]) => status === 'live').sort()).toEqual(
        rows.map(({ sku, brand }) => [sku, 'live', brand]).sort(),
      );
    }
  });

  test('an empty database is built from the topics, and nothing is published by it', async () => {
    const { processes } = hub.test.hub;
    const before = await processes.call<GoldenStatus>('golden', '/status');
    await processes.stop('golden', 'SIGKILL');
    const published = await hub.recordsOf(hub.topics.golden('product'));
    const writes = await hubWrites();
    await hub.database.query(`DROP SCHEMA "${schema}" CASCADE`);
    await processes.start('golden');
    await edit('rebuilt', 'A-5');
    await hub.untilEqual();
    await hub.untilRead('shop');
    expect((await processes.call<GoldenStatus>('golden', '/status')).entities).toEqual(before.entities);
    expect((await hub.recordsOf(hub.topics.golden('product'))) - published).toBe(1);
    expect(await hubWrites()).toEqual([...writes, { sku: 'A-5', brand: 'rebuilt' }]);
    const first = (await readGolden(hub.topics.history('product'))).find(({ key }) => key === 'A-5');
    const asOf = await processes.call<AsOfReport>('golden', `/as-of/product/A-5?at=${first?.changedAt}`);
    expect(asOf.version).toBe('1');
  });

  test('what a person rejected since the backup stays rejected, and numbers of holds are not used twice', async () => {
    const { processes } = hub.test.hub;
    const backup = new SchemaBackup(hub.database, schema);
    const zero = (...articles: readonly string[]): Promise<unknown> =>
      hub.sql(`UPDATE erp.article SET weight_g = 0 WHERE article_no = ANY ($1)`, [articles]);
    const open = (): Promise<Hold> =>
      eventually(async () => {
        const [hold] = await processes.call<Hold[]>('golden', '/holds?state=open');
        if (!hold) throw new Error('nothing is held');
        return hold;
      }, PATIENCE);
    await processes.stop('golden');
    await backup.take();
    await processes.start('golden');
    await zero('A-4', 'A-6');
    const hold = await open();
    await processes.call('golden', `/holds/${hold.id}/reject`, { digest: hold.digest, actor: 'test' });
    await eventually(async () => {
      const answers = (await readGolden(hub.topics.golden('product'))).filter(({ key }) =>
        ['A-4', 'A-6'].includes(key),
      );
      expect(answers.slice(-2).map(({ sequence, version }) => sequence > version)).toEqual([true, true]);
    }, PATIENCE);
    await processes.stop('golden', 'SIGKILL');
    await backup.putBack();
    await processes.start('golden');
    await edit('while zero', 'A-4');
    await eventually(async () => {
      const rows = await hub.sql(`SELECT weight_kg::text AS kg, brand FROM shop.product WHERE sku = 'A-4'`);
      expect(rows).toEqual([{ kg: '0.004', brand: 'while zero' }]);
    }, PATIENCE);
    expect(await processes.call<Hold[]>('golden', '/holds?state=open')).toEqual([]);
    await zero('A-7', 'A-8');
    expect((await open()).id).not.toBe(hold.id);
  });
});
