import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Hold, RoundReport } from '#contracts';
import { eventually } from '#testing';
import { SmallShop } from '../harness/small-shop.js';
import { HubUnderTest, PATIENCE } from './hub-under-test.js';
import { smallShopSystems } from './small-shop-hub.js';

const ARTICLES = 200;
const CONNECTOR = 'connector-shop' as const;
/** Pages reach back by a tenth, and the last one shows nothing new. */
const [PAGE, PAGES] = [40, 7];
const FAILPOINTS = ['scan:page-read', 'scan:page-stored', 'scan:ended'];
/** The shop tells changes, too. */
const OPTIONS = `          updated: { path: modified, format: iso-seconds }
          changes: { kind: since, query: { sort: modified }, since: { since: '{at}' }, paging: { kind: offset, offset: skip, limit: take, pageSize: 100 } }
`;
const systemsWith = (host: string): string => smallShopSystems(host, { pageSize: PAGE, options: OPTIONS });

describe('the scan of a shop whose connector is killed', () => {
  let hub: HubUnderTest;
  let shop: SmallShop;
  const pagesAsked = (): string[] => shop.requests.filter((request) => /^GET \/articles\?skip=/.test(request));
  /** Starts a round whose connector dies at the failpoint, and comes back. @returns the round when it ended or is held */
  const roundKilledAt = async (failpoint: string): Promise<RoundReport> => {
    const { processes } = hub.test.hub;
    await processes.stop(CONNECTOR);
    await processes.start(CONNECTOR, { PLUMBLINE_FAILPOINT: failpoint });
    shop.requests.length = 0;
    const round = hub.round('shop');
    await eventually(async () => {
      if (!processes.wasKilled(CONNECTOR)) throw new Error('the connector lives');
    }, PATIENCE);
    await processes.start(CONNECTOR);
    return round;
  };

  beforeAll(async () => {
    shop = await SmallShop.open();
    hub = await HubUnderTest.start({
      processes: ['golden', 'connector-erp', CONNECTOR, 'reconciler'],
      systems: systemsWith(shop.host),
    });
    await hub.test.hub.setMode('shop', 'write');
    await hub.sql(
      `INSERT INTO erp.article (article_no, maker, weight_g) SELECT 'A-' || i, 'Maker ' || i, i FROM generate_series(1, $1) AS i`,
      [ARTICLES],
    );
    await eventually(async () => {
      if (shop.articles.size < ARTICLES) throw new Error(`${shop.articles.size} articles`);
    }, PATIENCE);
    // from here on the cursor stands behind everything but one: what is planted is never read as a change
    const [last] = [...shop.articles.values()].filter(({ sku }) => sku === 'A-150');
    if (last) last.modified = '2026-02-01T00:00:00Z';
    await eventually(async () => {
      const since = shop.requests.filter((request) => request.includes('since=')).slice(-2);
      if (!since.every((request) => request.includes('since=2026-0') && !request.includes('since=2026-01-01')))
        throw new Error(since.join());
    }, PATIENCE);
    await eventually(async () => expect((await hub.round('shop')).state).toBe('clean'), PATIENCE);
  });
  afterAll(async () => {
    await hub.drop();
    await shop.close();
  });

  test.each([
    ['scan:page-read', PAGES + 1],
    ['scan:page-stored', PAGES],
    ['scan:ended', PAGES],
  ] as const)(
    '%s: goes on from its last page, and finds what was planted before and behind it',
    async (failpoint, pages) => {
      const nth = FAILPOINTS.indexOf(failpoint) + 1; // others each time: what comes again and again is parked
      const planted = [`A-${nth}`, `A-${nth + 100}`, `A-${ARTICLES - nth}`];
      for (const article of shop.articles.values()) if (planted.includes(article.sku)) article.title = 'by hand';
      const round = await roundKilledAt(failpoint);
      expect(round).toMatchObject({ state: 'verified', problem: null, scanned: ARTICLES, changed: 3, missing: 0 });
      expect(pagesAsked()).toHaveLength(pages);
    },
  );

  test('the guard judges all pages, those before the kill, too', async () => {
    const gone = [...shop.articles.values()].sort((a, b) => a.id - b.id).slice(0, 10); // all on the first page
    for (const { id } of gone) shop.articles.delete(id);
    const round = await roundKilledAt('scan:page-stored');
    expect(round).toMatchObject({ state: 'held', scanned: ARTICLES - gone.length, missing: gone.length });
    const holds = await hub.test.hub.processes.call<Hold[]>('reconciler', '/holds');
    expect(holds.find(({ id }) => id === round.holdId)?.reason).toContain(`${ARTICLES - gone.length} records`);
  });
});
