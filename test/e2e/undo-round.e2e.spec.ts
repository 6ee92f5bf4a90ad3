import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Hold, RevertReport, RoundReport } from '#contracts';
import { eventually } from '#testing';
import { HubUnderTest, PATIENCE } from './hub-under-test.js';

const ARTICLES = 1_200;
const REPAIRS = 500;

describe('a reconcile round is undone', () => {
  let hub: HubUnderTest;
  let round: RoundReport;
  const call = <T>(app: 'golden' | 'reconciler', path: string, body?: object): Promise<T> =>
    hub.test.hub.processes.call<T>(app, path, body);
  const inShop = async (condition: string): Promise<number> => {
    const [row] = await hub.sql<{ count: number }>(
      `SELECT count(*)::int AS count FROM shop.product WHERE ${condition}`,
    );
    return row?.count ?? 0;
  };
  const untilShop = (condition: string, count: number): Promise<void> =>
    eventually(async () => expect(await inShop(condition)).toBe(count), PATIENCE);
  const untilState = (id: string, state: RevertReport['state']): Promise<RevertReport> =>
    eventually(async () => {
      const report = await call<RevertReport>('golden', `/reverts/${id}`);
      expect(report.state).toBe(state);
      return report;
    }, PATIENCE);
  const silently = async (statement: string): Promise<void> => {
    await hub.sql('ALTER TABLE shop.product DISABLE TRIGGER touch');
    await hub.sql(statement);
    await hub.sql('ALTER TABLE shop.product ENABLE TRIGGER touch');
  };

  beforeAll(async () => {
    hub = await HubUnderTest.start({ processes: 'one' });
    await hub.fillShop(ARTICLES);
    await hub.untilRead('shop');
    await silently(`UPDATE shop.product SET brand = 'of the shop ' || sku WHERE substr(sku, 3)::int <= ${REPAIRS}`);
    const held = await hub.round('shop');
    const holds = await call<Hold[]>('reconciler', '/holds?state=open');
    const hold = holds.find(({ id }) => id === held.holdId);
    await call('reconciler', `/holds/${hold?.id}/approve`, { digest: hold?.digest, actor: 'ann' });
    round = await eventually(async () => {
      const report = await call<RoundReport>('reconciler', `/rounds/${held.id}`);
      expect(report.endedAt).not.toBeNull();
      return report;
    }, PATIENCE);
  });
  afterAll(() => hub.drop());

  test('500 repairs, 50 changed since: 450 come back, 50 are listed, none is overwritten', async () => {
    expect(round).toMatchObject({ state: 'verified', changed: REPAIRS, fixed: REPAIRS });
    expect(await inShop(`brand LIKE 'of the shop%'`)).toBe(0);
    await hub.sql(`UPDATE erp.article SET maker = 'new ' || article_no WHERE substr(article_no, 3)::int <= 25`);
    await untilShop(`brand LIKE 'new %'`, 25);
    await hub.sql(`UPDATE shop.product SET brand = 'edited' WHERE substr(sku, 3)::int BETWEEN 26 AND 50`);
    await hub.untilRead('shop');
    await hub.untilEqual();

    const { id } = await call<RevertReport>('golden', '/reverts', { entity: 'product', round: round.id, actor: 'ann' });
    const dryRun = await untilState(id, 'planned');
    expect(dryRun.records).toMatchObject({ planned: REPAIRS - 50, listed: 50, unchanged: 0 });
    await call('golden', `/reverts/${id}/apply`, { digest: dryRun.digest, actor: 'ann' });
    expect((await untilState(id, 'applied')).records).toMatchObject({ reverted: REPAIRS - 50, moved: 0, listed: 50 });

    await untilShop(`brand = 'of the shop ' || sku`, REPAIRS - 50);
    expect(await inShop(`brand LIKE 'new %'`)).toBe(25);
    expect(await inShop(`brand LIKE 'Maker %'`)).toBe(ARTICLES - REPAIRS + 25);
    await hub.untilRead('shop');
    expect(await hub.round('shop')).toMatchObject({ changed: 0, missing: 0, unfixed: 0 });
  });
});
