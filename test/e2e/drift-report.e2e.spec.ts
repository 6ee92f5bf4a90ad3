import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { DriftReport, OverRepresented, RoundReport } from '#contracts';
import { parse } from 'csv-parse/sync';
import { SYSTEMS } from '../faults/stores.js';
import { HubUnderTest, PATIENCE } from './hub-under-test.js';

const ARTICLES = 1_500;
/** 3 % of the articles are of a brand whose name is an attack on whoever reads a report. */
const OF_BRAND = 45;
const BRAND = '=<script>alert("x")</script>';
const OBJECTIVES = `
objectives:
  - { system: shop, confirmedEqual: 99%, within: 1h, converge: { p99: 10m }, openDrift: { oldest: 1h } }
`;

describe('a report of drift', () => {
  let hub: HubUnderTest;
  let round: RoundReport;
  const plumbline = (...args: string[]): Promise<{ code: number; out: string }> => {
    const { root, hubFile, token, servers } = hub.test.hub.processes.options;
    const env = { ...process.env, ...servers, PLUMBLINE_TOKEN: token };
    const command = [join(root, 'dist/apps/cli/main.js'), '--file', hubFile, ...args];
    return new Promise((resolve) => {
      const child = execFile(process.execPath, command, { env, timeout: PATIENCE.timeoutMs }, (_error, out) =>
        resolve({ code: child.exitCode ?? -1, out }),
      );
    });
  };
  const silently = async (statement: string): Promise<void> => {
    await hub.sql('ALTER TABLE shop.product DISABLE TRIGGER touch');
    await hub.sql(statement);
    await hub.sql('ALTER TABLE shop.product ENABLE TRIGGER touch');
  };

  beforeAll(async () => {
    hub = await HubUnderTest.start({ processes: 'one', systems: SYSTEMS + OBJECTIVES });
    await hub.test.hub.setMode('shop', 'write');
    await hub.addArticles(ARTICLES);
    await hub.sql(
      `UPDATE erp.article SET maker = CASE WHEN substr(article_no, 3)::int <= $2 THEN $1 ELSE 'Maker ' || weight_g % 12 END`,
      [BRAND, OF_BRAND],
    );
    await hub.untilEqual();
    await hub.untilRead('shop');
    // 40 of the brand and one other: within the limits, and no field is behind them that the hub did not write
    await silently(`UPDATE shop.product SET name_de = 'by hand' WHERE substr(sku, 3)::int <= 40 OR sku = 'A-1000'`);
    round = await hub.round('shop');
  });
  afterAll(() => hub.drop());

  test('says that nearly all drift is of one brand, which few records have', async () => {
    expect(round).toMatchObject({ state: 'verified', changed: 41, fixed: 41 });
    const { processes } = hub.test.hub;
    const found = await processes.call<OverRepresented[]>('reconciler', `/rounds/${round.id}/attribution`);
    const brand = found.find(({ facet }) => facet === 'brand');
    expect(brand).toMatchObject({ system: 'shop', entity: 'product', value: BRAND, drift: 40, driftOf: 41 });
    expect(brand).toMatchObject({ base: 'records', baseShare: OF_BRAND / ARTICLES });
    expect(brand?.liftAtLeast).toBeGreaterThan(15);
    expect(found.find(({ facet }) => facet === 'field')).toMatchObject({ value: 'name', drift: 41, base: 'fields' });
    // the hub wrote all of them with one connector in these minutes: that tells nothing apart
    expect(found.filter(({ facet }) => ['writtenBy', 'status'].includes(facet))).toEqual([]);
  });

  test('is told on the command line, with objectives met', async () => {
    const { code, out } = await plumbline('report', '--system', 'shop', '--since', '1h');
    expect(out).toContain(`97.6% of the drift of shop product has brand ${BRAND}, 3% of all: at least`);
    expect(out).toMatch(/shop product +99% of keys confirmed equal within 1h +met +100% +0 of 15/);
    expect(out).toMatch(/shop product +99% of the drift of 1h gone after 10m +met/);
    expect(code).toBe(0);
    const status = await plumbline('status');
    expect(status.out).toMatch(/shop product +no open drift older than 1h +met/);
  });

  test('as data it says what was repaired, how soon, and what is equal', async () => {
    const { out } = await plumbline('report', '--format', 'json', '--since', '1h');
    const report = JSON.parse(out) as DriftReport;
    const shop = report.stores.find(({ system }) => system === 'shop');
    expect(shop).toMatchObject({ open: [], unlisted: 0, converge: { count: 41 } });
    expect(shop?.confirmed).toMatchObject({ share: 1, equal: ARTICLES, keys: ARTICLES });
    expect(shop?.converge.p99Ms).toBeGreaterThan(0);
    expect(report.rounds).toContainEqual(expect.objectContaining({ id: round.id, changed: 41, fixed: 41 }));
    const erp = report.stores.find(({ system }) => system === 'erp');
    expect(erp).toMatchObject({ confirmed: null, objectives: [] }); // no round has scanned it
  });

  test('as a page and as a table it holds the brand as text', async () => {
    const file = join(hub.folder, 'drift.html');
    expect((await plumbline('report', '--out', file)).code).toBe(0);
    const page = readFileSync(file, 'utf8');
    expect(page).toContain('=&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;');
    expect(page).not.toContain('<script');
    const { out } = await plumbline('report', '--format', 'csv');
    const rows: Record<string, string>[] = parse(out, { columns: true });
    const brand = rows.find(({ part, name }) => part === 'attribution' && name === 'brand');
    expect(brand).toMatchObject({ text: `'${BRAND}`, count: '40', of: '41' });
  });

  test('drift that the hub may not repair stays open, and keeps the time at which it was first found', async () => {
    await silently(`UPDATE shop.product SET brand = 'by hand' WHERE substr(sku, 3)::int BETWEEN 200 AND 599`);
    const held = await hub.round('shop');
    expect(held.state).toBe('held');
    const { code, out } = await plumbline('report', '--format', 'json', '--system', 'shop');
    expect(code).toBe(3);
    const report = JSON.parse(out) as DriftReport;
    expect(report.stores[0]?.open).toMatchObject([{ kind: 'changed', outcome: 'held', count: 400 }]);
    expect(report.stores[0]?.confirmed).toMatchObject({ equal: ARTICLES - 400, keys: ARTICLES });
    const missed = report.stores[0]?.objectives.filter(({ isMet }) => !isMet);
    expect(missed).toMatchObject([{ objective: 'confirmedEqual', budget: { allowed: 15, used: 400 } }]);
    expect(report.holds).toMatchObject([{ id: held.holdId, state: 'open', kind: 'round' }]);
    expect((await plumbline('status')).out).toContain('1 objectives are MISSED');
  });
});
