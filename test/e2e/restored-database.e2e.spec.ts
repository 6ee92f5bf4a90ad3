import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { schemaName } from '#hub-file';
import { eventually } from '#testing';
import type { RestoredReport } from '#contracts';
import kafkajs from 'kafkajs';
import { SchemaBackup } from '../harness/schema-backup.js';
import { ERP, HubUnderTest, PATIENCE, SHOP } from './hub-under-test.js';

const CONNECTORS = ['connector-erp', 'connector-shop'] as const;

describe('databases of connectors restored from a backup', () => {
  let hub: HubUnderTest;

  const backUp = async (): Promise<readonly SchemaBackup[]> => {
    const schemas = CONNECTORS.map((connector) => schemaName(hub.test.hub.file, connector));
    const backups = schemas.map((schema) => new SchemaBackup(hub.database, schema));
    for (const backup of backups) await backup.take();
    return backups;
  };
  const events = (): Promise<number[]> =>
    Promise.all(
      [hub.topics.change(ERP, 'product'), hub.topics.change(SHOP, 'product'), hub.topics.history('product')].map(
        (topic) => hub.recordsOf(topic),
      ),
    );
  const untilTrusted = (): Promise<void> =>
    eventually(async () => {
      for (const connector of CONNECTORS) {
        const { phase, reason } = await hub.test.hub.processes.call<RestoredReport>(connector, '/restored');
        if (phase !== 'trusted') throw new Error(`${connector} is ${phase}: ${reason}`);
      }
    }, PATIENCE);

  beforeAll(async () => {
    hub = await HubUnderTest.start({ processes: 'each' });
    await hub.fillShop(10);
    await hub.untilRead('shop');
  });
  afterAll(() => hub.drop());

  test('they take over what they had published, read all again, and lose and invent nothing', async () => {
    const { processes } = hub.test.hub;
    const backups = await backUp();
    for (const maker of ['second', 'third'])
      await hub.sql(`UPDATE erp.article SET maker = $1 WHERE article_no IN ('A-1', 'A-2')`, [maker]);
    await hub.sql(`INSERT INTO erp.article (article_no, title_de, maker) VALUES ('A-NEW', 'neu', 'second')`);
    await hub.untilEqual();
    await hub.untilRead('shop');
    for (const connector of CONNECTORS) await processes.stop(connector, 'SIGKILL');
    for (const backup of backups) await backup.putBack();
    const before = await events();
    await hub.sql(`UPDATE erp.article SET maker = 'while down' WHERE article_no = 'A-3'`);
    for (const connector of CONNECTORS) await processes.start(connector);
    await untilTrusted();
    await hub.untilEqual();
    await hub.untilRead('erp');
    await hub.untilRead('shop');
    // One edit was made: one change, one golden version, and no event of the shop.
    const after = await events();
    expect(after.map((count, index) => count - (before[index] ?? 0))).toEqual([1, 0, 1]);
  });

  test('what is changed afterwards is merged: no sequence is used twice', async () => {
    await hub.sql(`UPDATE erp.article SET maker = 'afterwards' WHERE article_no IN ('A-1', 'A-NEW', 'A-5')`);
    await hub.untilEqual();
    const rows = await hub.sql(`SELECT sku FROM shop.product WHERE brand = 'afterwards' ORDER BY sku`);
    expect(rows).toEqual([{ sku: 'A-1' }, { sku: 'A-5' }, { sku: 'A-NEW' }]);
  });

  test('put back under running processes, they end; started again they lose nothing, not even a number used twice', async () => {
    const { processes } = hub.test.hub;
    const backups = await backUp();
    await hub.sql(`UPDATE erp.article SET maker = 'since' WHERE article_no IN ('A-6', 'A-7')`);
    await hub.untilEqual();
    await hub.untilRead('shop');
    for (const backup of backups) await backup.putBack();
    // A-6 gets a number that 'since' has; A-8 gets a new one, and comes back to both as a golden event.
    await hub.sql(`UPDATE erp.article SET maker = 'meanwhile' WHERE article_no IN ('A-6', 'A-8')`);
    await eventually(() => expect(CONNECTORS.filter((name) => processes.isAlive(name))).toEqual([]), PATIENCE);
    for (const connector of CONNECTORS)
      expect(readFileSync(join(hub.folder, `${connector}.log`), 'utf8')).toContain('HUB_DATABASE_OLD');
    await hub.sql(`UPDATE erp.article SET maker = 'while down' WHERE article_no = 'A-7'`);
    for (const connector of CONNECTORS) await processes.start(connector);
    await untilTrusted();
    await hub.untilEqual();
    const rows = await hub.sql(`SELECT sku, brand FROM shop.product WHERE sku IN ('A-6', 'A-7', 'A-8') ORDER BY sku`);
    expect(rows.map((row) => row['brand'])).toEqual(['meanwhile', 'while down', 'meanwhile']);
    await hub.sql(`UPDATE erp.article SET maker = 'in the end' WHERE article_no IN ('A-6', 'A-7', 'A-8')`);
    await hub.untilEqual();
  });

  test('what nobody can read, written by somebody else into their topics, keeps none of them from starting', async () => {
    const { processes } = hub.test.hub;
    const producer = new kafkajs.Kafka({
      brokers: [...hub.test.connection.brokers],
      logLevel: kafkajs.logLevel.NOTHING,
    }).producer();
    await producer.connect();
    for (const topic of [hub.topics.change(ERP, 'product'), hub.topics.history('product')])
      await producer.send({ topic, messages: [{ key: 'X', value: Buffer.from('not Avro at all') }] });
    await producer.disconnect();
    for (const connector of CONNECTORS) await processes.stop(connector, 'SIGKILL');
    await hub.sql(`UPDATE erp.article SET maker = 'beside junk' WHERE article_no = 'A-9'`);
    for (const connector of CONNECTORS) await processes.start(connector);
    await untilTrusted();
    await hub.untilEqual();
  });
});
