import type { DriftReport } from '#contracts';
import type { RoundDifference } from '#reconciliation';
import { differencesOf } from '#reconciliation/testing';
import { eventually } from '#testing';
import { expect, jest, test } from '@jest/globals';
import { ReconcilerUnderTest } from './reconciler-under-test.js';

jest.setTimeout(60_000);

const reconciler = new ReconcilerUnderTest();

test('tells how drift stands, as data, page, table and metrics', async () => {
  reconciler.host.damage = 40;
  const brand = (name: string, count: number): RoundDifference[] =>
    differencesOf('changed', count).map((one) => ({
      ...one,
      externalId: `${name} ${one.externalId}`,
      facts: { brand: name },
    }));
  reconciler.host.found = [...brand('<b>X', 38), ...brand('Y', 2)];
  const id = await reconciler.startRound();
  await reconciler.inState(id, 'verified');
  const found = { system: 'shop', facet: 'brand', value: '<b>X', drift: 38, driftOf: 40, base: 'records' };
  expect(await reconciler.call(`/rounds/${id}/attribution`)).toMatchObject([found]);
  const report = await reconciler.call<DriftReport>('/report?since=1h&system=shop&entity=product');
  const [store] = report.stores;
  expect(store?.open).toEqual([]);
  expect(store?.confirmed).toMatchObject({ keys: 10_002, equal: 9_995 });
  expect(store?.converge.count).toBeGreaterThanOrEqual(40);
  expect(store?.objectives.map(({ objective, isMet }) => [objective, isMet])).toEqual([
    ['confirmedEqual', true],
    ['converge', true],
    ['openDrift', true],
  ]);
  expect(report.attribution).toContainEqual(expect.objectContaining({ facet: 'brand', value: '<b>X' }));
  expect(await reconciler.call('/drift')).toMatchObject([{ system: 'shop', entity: 'product' }]);
  const page = await reconciler.get('/report.html');
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(await page.text()).toContain('brand &lt;b&gt;X');
  const table = await reconciler.get('/report.csv?since=1d');
  expect(table.headers.get('content-type')).toMatch(/^text\/csv/);
  expect(await table.text()).toContain('attribution,shop,product,brand,records,38,40');
  const metrics = await (await reconciler.get('/metrics')).text();
  expect(metrics).toMatch(/plumbline_reconciler_converge_seconds_count\{system="shop",entity="product"\} [1-9]/);
  await eventually(
    async () => {
      const text = await (await reconciler.get('/metrics')).text();
      expect(text).toMatch(/plumbline_reconciler_confirmed_equal_ratio\{system="shop",entity="product"\} 0\.9/);
      expect(text).toContain(
        'plumbline_reconciler_open_drift_records{system="shop",entity="product",kind="changed"} 0',
      );
      expect(text).toMatch(
        /plumbline_reconciler_objective_met\{system="shop",entity="product",objective="confirmedEqual"\} 1/,
      );
    },
    { timeoutMs: 30_000 },
  );
  expect(await reconciler.call('/report?since=soon')).toMatchObject({ code: 'HUB_REQUEST_INVALID' });
  expect(await reconciler.call('/report?system=No%20such')).toMatchObject({ code: 'HUB_REQUEST_INVALID' });
  expect(await reconciler.call('/rounds/none/attribution')).toMatchObject({ code: 'HUB_NOT_FOUND' });
});
