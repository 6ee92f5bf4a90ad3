import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RestoredReport, SystemStatus } from '#contracts';
import { eventually } from '#testing';
import { SYSTEMS } from '../faults/stores.js';
import { ERP, HubUnderTest, PATIENCE } from './hub-under-test.js';

/** The ERP counts the versions of each article, and the hub may write it. */
const VERSIONED = SYSTEMS.replace('erp:\n    connector: sql', 'erp:\n    connector: sql\n    mode: write').replace(
  'options: { id: article_no,',
  'options: { id: article_no, version: revision,',
);
const ARTICLES = 15;

describe('a system restored from a backup', () => {
  let hub: HubUnderTest;

  const ask = <T>(path: string, body?: object): Promise<T> =>
    hub.test.hub.processes.call<T>('connector-erp', path, body);
  const articles = (): Promise<{ article_no: string; maker: string }[]> =>
    hub.sql('SELECT article_no, maker FROM erp.article ORDER BY article_no');
  const shopBrands = async (): Promise<string[]> =>
    (await hub.sql<{ brand: string }>('SELECT DISTINCT brand FROM shop.product ORDER BY brand')).map(
      ({ brand }) => brand,
    );
  const changeEvents = (): Promise<number> => hub.recordsOf(hub.topics.change(ERP, 'product'));
  /** Puts the ERP back, and waits until a round has seen it. */
  const restore = async (): Promise<RestoredReport> => {
    await hub.untilRead('erp');
    await hub.sql('ALTER TABLE erp.article DISABLE TRIGGER ALL');
    await hub.sql('DELETE FROM erp.article');
    await hub.sql('INSERT INTO erp.article SELECT * FROM erp.backup');
    await hub.sql('ALTER TABLE erp.article ENABLE TRIGGER ALL');
    await hub.test.hub.processes.call('reconciler', '/rounds', { system: 'erp' });
    return eventually(async () => {
      const report = await ask<RestoredReport>('/restored');
      if (report.phase !== 'held') throw new Error(`the ERP is ${report.phase}`);
      return report;
    }, PATIENCE);
  };
  const settle = async (keep: 'hub' | 'system'): Promise<void> => {
    await ask('/restored', { keep, actor: 'test' });
    await eventually(async () => {
      const { phase } = await ask<RestoredReport>('/restored');
      if (phase !== 'trusted') throw new Error(`the ERP is ${phase}`);
    }, PATIENCE);
  };

  beforeAll(async () => {
    hub = await HubUnderTest.start({
      processes: 'one',
      systems: VERSIONED,
      prepare: async ({ stores }) => {
        await stores.pool.query('ALTER TABLE erp.article ADD COLUMN revision bigint NOT NULL DEFAULT 1');
        await stores.pool.query(
          `CREATE OR REPLACE FUNCTION erp.touch() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN NEW.modified_at := clock_timestamp(); NEW.revision := OLD.revision + 1; RETURN NEW; END $$`,
        );
        await stores.pool.query(`GRANT INSERT, UPDATE, DELETE ON erp.article TO ${stores.roleOf('erp')}`);
      },
    });
    await hub.test.hub.setMode('erp', 'write');
    await hub.fillShop(ARTICLES);
    await hub.sql('CREATE TABLE erp.backup AS TABLE erp.article');
    await hub.sql(`UPDATE erp.article SET maker = 'since the backup'`);
    await hub.sql(`DELETE FROM erp.article WHERE article_no = 'A-1'`);
    await hub.sql(`INSERT INTO erp.article (article_no, title_de, maker) VALUES ('A-NEW', 'neu', 'since the backup')`);
    // A deleted record without a delete event is found by a complete scan.
    await hub.untilRead('erp');
    await hub.round('erp');
    await hub.untilEqual();
  });
  afterAll(() => hub.drop());

  test('is held and told, and nothing of it is merged or written', async () => {
    const events = await changeEvents();
    const report = await restore();
    expect(report.reason).toContain('versions older than seen before');
    expect(report.entities).toEqual([
      expect.objectContaining({ entity: 'product', changed: ARTICLES - 1, missing: 1, foreign: 1 }),
    ]);
    expect(report.entities[0]?.samples).toMatchObject({ missing: ['A-NEW'], foreign: ['A-1'] });
    const status = await ask<SystemStatus>('/status');
    expect(status.state).toBe('stopped');
    expect(status.problem).toContain('plumbline restored');
    await hub.sql(`UPDATE shop.product SET brand = 'of the shop' WHERE sku = 'A-2'`);
    await eventually(async () => expect(await shopBrands()).toEqual(['since the backup']), PATIENCE);
    expect((await articles())[0]).toEqual({ article_no: 'A-1', maker: 'Maker 1' });
    expect(await changeEvents()).toBe(events);
  });

  test('keeping the hub: what was lost comes back, what was deleted goes again, and nothing is published for it', async () => {
    const events = await changeEvents();
    await settle('hub');
    const names = (await articles()).map(({ article_no, maker }) => `${article_no} ${maker}`);
    expect(names).toHaveLength(ARTICLES);
    expect(names).toContain('A-NEW since the backup');
    expect(names.filter((name) => !name.endsWith('since the backup'))).toEqual([]);
    await hub.untilEqual();
    expect(await changeEvents()).toBe(events);
    await hub.sql(`UPDATE erp.article SET maker = 'after all' WHERE article_no = 'A-3'`);
    await hub.untilEqual();
  });

  test('keeping the system: what it shows is a change of today, and reaches the others', async () => {
    await restore();
    await settle('system');
    await hub.untilEqual();
    expect((await articles()).map(({ article_no }) => article_no)).not.toContain('A-NEW');
    const [first] = await hub.sql(`SELECT brand FROM shop.product WHERE sku = 'A-1'`);
    expect(first).toEqual({ brand: 'Maker 1' });
  });
});
