import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ExplainReport, RevertItem, RevertReport, RevertSelection } from '#contracts';
import { instantOfMs, type Instant } from '#kernel';
import { eventually } from '#testing';
import { ERP, HubUnderTest, PATIENCE } from './hub-under-test.js';
import { addPriceTables, PRICED_SYSTEMS } from './priced-systems.js';

const PRICES = 2_000;
const EDITED = 50;
/** So many zeros pass: the case where nobody noticed in time. */
const LIMITS = `
limits:
  live: { price: { maxChangedShare: 1, minChanged: 1000000, toZero: { amount: { max: 1000000 } }, changedBy: { amount: { percent: 100000, max: 1000000 } } } }
`;

describe('a bad file is taken back', () => {
  let hub: HubUnderTest;
  let spoilt: { readonly since: Instant; readonly until: Instant };
  const golden = <T>(path: string, body?: object): Promise<T> => hub.test.hub.processes.call<T>('golden', path, body);
  const now = (): Instant => instantOfMs(Date.now());
  const inShop = async (condition: string): Promise<number> => {
    const [row] = await hub.sql<{ count: number }>(`SELECT count(*)::int AS count FROM shop.price WHERE ${condition}`);
    return row?.count ?? 0;
  };
  const untilShop = (condition: string, count: number): Promise<void> =>
    eventually(async () => expect(await inShop(condition)).toBe(count), PATIENCE);
  const plan = async (selection: RevertSelection): Promise<RevertReport> => {
    const { id } = await golden<RevertReport>('/reverts', { ...selection, actor: 'ann' });
    return untilState(id, 'planned');
  };
  const untilState = (id: string, state: RevertReport['state']): Promise<RevertReport> =>
    eventually(async () => {
      const report = await golden<RevertReport>(`/reverts/${id}`);
      expect(report.state).toBe(state);
      return report;
    }, PATIENCE);
  const spoiltPrices = (): RevertSelection => ({ entity: 'price', system: ERP, ...spoilt });

  beforeAll(async () => {
    const systems = PRICED_SYSTEMS + LIMITS;
    hub = await HubUnderTest.start({ processes: 'one', systems, prepare: addPriceTables });
    await hub.test.hub.setMode('shop', 'write');
    await hub.sql(`INSERT INTO erp.price SELECT 'A-' || i, 10 + i % 90 FROM generate_series(1, $1) AS i`, [PRICES]);
    await untilShop('amount >= 10', PRICES);
    const since = now();
    await hub.sql('UPDATE erp.price SET amount = 0');
    await untilShop('amount = 0', PRICES);
    spoilt = { since, until: now() };
    await hub.sql(`UPDATE erp.price SET amount = 7.77 WHERE right(article_no, 2) = '11' OR right(article_no, 2) = '12' OR
      right(article_no, 2) = '13' AND length(article_no) > 5`);
  });
  afterAll(() => hub.drop());

  test('2,000 zero prices, 50 edited since: 1,950 go back, 50 are listed, none is overwritten', async () => {
    const edited = (await hub.sql('SELECT article_no FROM erp.price WHERE amount = 7.77')).length;
    await untilShop('amount = 7.77', edited);
    expect(edited).toBe(EDITED);
    const dryRun = await plan(spoiltPrices());
    expect(dryRun.records).toMatchObject({ planned: PRICES - EDITED, listed: EDITED, moved: 0 });
    expect(await inShop('amount = 0')).toBe(PRICES - EDITED);
    const listed = await golden<RevertItem[]>(`/reverts/${dryRun.id}/items?skipped=true&limit=1000`);
    expect(new Set(listed.map(({ skipped }) => skipped[0]?.why))).toEqual(
      new Set(['changed since by erp (version 3)']),
    );

    const begunAtMs = Date.now();
    await golden(`/reverts/${dryRun.id}/apply`, { digest: dryRun.digest, actor: 'ann', reason: 'bad file' });
    const done = await untilState(dryRun.id, 'applied');
    expect(Date.now() - begunAtMs).toBeLessThan(20_000);
    expect(done.records).toMatchObject({ reverted: PRICES - EDITED, listed: EDITED, moved: 0 });
    const asBefore = `amount = 10 + substr(sku, 3)::int % 90`;
    await untilShop(asBefore, PRICES - EDITED);
    expect(await inShop('amount = 7.77')).toBe(EDITED);
  });

  test('explain names who took it back, and over what; a second try finds nothing', async () => {
    const report = await golden<ExplainReport>(`/explain/price/${encodeURIComponent('A-5|standard|EUR||')}`);
    expect(report.fields['amount']).toMatchObject({ value: '15', rule: 'override' });
    const word = report.fields['amount']?.values.find(({ won }) => won);
    expect(word).toMatchObject({ system: 'hub', override: { by: 'ann', overrules: [{ system: 'erp', value: '0' }] } });
    expect((await plan(spoiltPrices())).records).toMatchObject({
      planned: 0,
      listed: EDITED,
      unchanged: PRICES - EDITED,
    });
  });

  test('an approval of something else is refused', async () => {
    const dryRun = await plan({ entity: 'price', key: 'A-5|standard|EUR||' as never });
    const refused = golden(`/reverts/${dryRun.id}/apply`, { digest: 'other', actor: 'ann' });
    await expect(refused).rejects.toThrow();
  });

  test('once the ERP changes a price, it is the ERP that counts again; a round then finds nothing', async () => {
    await hub.sql(`UPDATE erp.price SET amount = 21.5 WHERE article_no = 'A-5'`);
    await untilShop('amount = 21.5', 1);
    await hub.untilRead('shop');
    expect(await hub.round('shop')).toMatchObject({ changed: 0, missing: 0, unfixed: 0 });
  });
});
