import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Hold } from '#contracts';
import { eventually } from '#testing';
import { breakLists, LYING_FAULTS, READING_FAULTS } from '../harness/shop-faults.js';
import { SmallShop } from '../harness/small-shop.js';
import { HubUnderTest, PATIENCE } from './hub-under-test.js';
import { smallShopSystems } from './small-shop-hub.js';

const ARTICLES = 300;
const systemsWith = (host: string): string =>
  smallShopSystems(host, { pageSize: 40, config: '      timeoutMs: 2000\n' });

describe('a shop whose API reads wrongly', () => {
  let hub: HubUnderTest;
  let shop: SmallShop;
  const writes = (): string[] => shop.requests.filter((request) => !request.startsWith('GET '));
  const untilEqual = (): Promise<void> =>
    eventually(async () => {
      const rows = await hub.sql<{ sku: string; maker: string }>('SELECT article_no AS sku, maker FROM erp.article');
      const shown = new Map([...shop.articles.values()].map(({ sku, title }) => [sku, title]));
      expect(rows.filter(({ sku, maker }) => shown.get(sku) !== maker)).toEqual([]);
    }, PATIENCE);
  const edit = async (from: number, to: number): Promise<void> => {
    await hub.sql(
      `UPDATE erp.article SET maker = maker || '!' WHERE split_part(article_no, '-', 2)::int BETWEEN $1 AND $2`,
      [from, to],
    );
  };
  const plant = (skus: readonly string[]): void => {
    for (const article of shop.articles.values()) if (skus.includes(article.sku)) article.title = 'by hand';
  };

  beforeAll(async () => {
    shop = await SmallShop.open();
    hub = await HubUnderTest.start({ processes: 'one', systems: systemsWith(shop.host) });
    await hub.test.hub.setMode('shop', 'write');
    await hub.sql(
      `INSERT INTO erp.article (article_no, maker, weight_g) SELECT 'A-' || i, 'Maker ' || i, i FROM generate_series(1, $1) AS i`,
      [ARTICLES],
    );
    await untilEqual();
  });
  afterEach(() => {
    shop.before = () => false;
  });
  afterAll(async () => {
    await hub.drop();
    await shop.close();
  });

  test.each(READING_FAULTS)(
    '%s: no drift is made up while the ERP goes on, and planted drift is found',
    async (fault) => {
      shop.requests.length = 0;
      const nth = 50 + READING_FAULTS.indexOf(fault); // others than before: what comes again and again is parked
      plant([`A-${nth}`, `A-${nth + 100}`, `A-${nth + 200}`]);
      const callOff = breakLists(shop, fault);
      const [round] = await Promise.all([hub.round('shop'), edit(20, 39)]);
      callOff();
      await untilEqual();
      expect({
        fault,
        problem: round.problem,
        state: round.state,
        changed: round.changed,
        missing: round.missing,
      }).toEqual({
        ...{ fault, problem: null, state: 'verified', changed: 3, missing: 0 },
      });
      expect(writes().filter((request) => !request.startsWith('PUT '))).toEqual([]);
      expect(writes().length).toBe(20 + 3);
      expect(await hub.round('shop')).toMatchObject({ state: 'clean', changed: 0, missing: 0 });
    },
  );

  test('P12 fairness: a scan that stands still holds up no live change', async () => {
    let stalled = 0;
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    shop.before = async (request, _response, url) => {
      if (request.method !== 'GET' || url.pathname !== '/articles' || url.searchParams.has('sku')) return false;
      stalled += 1;
      await gate;
      return false;
    };
    const round = hub.round('shop');
    await eventually(() => expect(stalled).toBeGreaterThan(0), PATIENCE);
    await edit(1, 5);
    await untilEqual();
    release();
    expect(await round).toMatchObject({ state: 'clean', changed: 0, missing: 0 });
  });

  test.each(LYING_FAULTS)('%s: nothing is written, and the guard says which and why', async (fault) => {
    shop.requests.length = 0;
    const callOff = breakLists(shop, fault);
    const round = await hub.round('shop');
    expect(round).toMatchObject({ system: 'shop', entity: 'product', state: 'held' });
    const [hold] = (await hub.test.hub.processes.call<Hold[]>('reconciler', '/holds')).filter(
      ({ id }) => id === round.holdId,
    );
    expect(hold?.reason).toMatch(/The scan found \d+ records where 3\d\d were known/);
    expect(writes()).toEqual([]);
    callOff();
    await hub.test.hub.processes.call('reconciler', `/holds/${hold?.id}/reject`, {
      digest: hold?.digest,
      actor: 'a steward',
    });
    expect(await hub.round('shop')).toMatchObject({ state: 'clean', changed: 0, missing: 0 });
    expect(writes()).toEqual([]);
  });
});
