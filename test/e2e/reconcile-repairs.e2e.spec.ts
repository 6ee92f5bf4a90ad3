import { afterEach, describe, expect, test } from '@jest/globals';
import type { DriftItem, RoundReport } from '#contracts';
import { eventually } from '#testing';
import { SYSTEMS } from '../faults/stores.js';
import { HubUnderTest, PATIENCE } from './hub-under-test.js';

const ARTICLES = 100;
/** Whoever wrote the brand last has it, wherever it was written. */
const LAST_WRITER = SYSTEMS.replace(
  'owner: { erp: [name, brand, weight] }',
  'owner: { erp: [name, weight] }\n    lastWriter: { brand: [erp, shop] }',
);
/** What somebody in the shop does again and again. */
const INSIST = `UPDATE shop.product SET brand = 'mine' WHERE sku = 'A-7' AND brand <> 'mine'`;

describe('what a repair may do', () => {
  let hub: HubUnderTest;
  const start = async (planted: readonly string[], systems = SYSTEMS): Promise<void> => {
    hub = await HubUnderTest.start({ processes: 'one', systems, planted });
    await hub.fillShop(ARTICLES);
    await hub.untilRead('shop');
  };
  /** Writes of the hub into an article of the shop, as the shop's own audit tells. */
  const writesTo = async (condition: string): Promise<number> => {
    const [row] = await hub.sql<{ count: number }>(
      `SELECT count(*)::int AS count FROM shop.audit WHERE role = $1 AND op <> 'INSERT' AND ${condition}`,
      [hub.test.stores.roleOf('shop')],
    );
    return row?.count ?? 0;
  };
  const brandOf = async (sku: string): Promise<string | undefined> =>
    (await hub.sql<{ brand: string }>('SELECT brand FROM shop.product WHERE sku = $1', [sku]))[0]?.brand;

  afterEach(() => hub.drop());

  /** The hub has decided to write the ERP's brand; a user, who has the row, writes a newer one before the hub can. */
  const writeBeforeTheHub = async (): Promise<void> => {
    const client = await hub.test.stores.pool.connect();
    await client.query(`BEGIN; SELECT FROM shop.product WHERE sku = 'A-1' FOR UPDATE`);
    await hub.sql(`UPDATE erp.article SET maker = 'older, of the ERP' WHERE article_no = 'A-1'`);
    await hub.untilHubWaits();
    await client.query(`UPDATE shop.product SET brand = 'newer, of a user' WHERE sku = 'A-1'`);
    await client.query('COMMIT');
    client.release();
    await hub.untilRead('shop');
  };

  test('P4 no newer write is lost: what a user wrote before the hub could is heard, and stays', async () => {
    await start([], LAST_WRITER);
    await writeBeforeTheHub();
    expect(await brandOf('A-1')).toBe('newer, of a user');
    expect(await writesTo(`new ->> 'sku' = 'A-1'`)).toBe(0);
  });

  test('P4 catches the mutant: blind-repair', async () => {
    await start(['blind-repair'], LAST_WRITER);
    await writeBeforeTheHub();
    expect(await brandOf('A-1')).toBe('older, of the ERP');
  });

  /** Somebody insists on another brand. @returns the hub's writes until it left the key alone, or until they were over `most` */
  const writeAgainst = async (most: number): Promise<number> => {
    await eventually(async () => {
      await hub.sql(INSIST);
      const { setAside } = await hub.shopStatus();
      const isParked = setAside.some(({ key, reason }) => key === 'A-7' && reason.includes('write against each other'));
      if (!isParked && (await writesTo(`new ->> 'sku' = 'A-7'`)) <= most) throw new Error('it goes on');
    }, PATIENCE);
    return writesTo(`new ->> 'sku' = 'A-7'`);
  };

  test('P5 no ping-pong: after three tries the key is parked with both writers named, and rounds leave it alone', async () => {
    await start([]);
    const writes = await writeAgainst(3);
    expect(writes).toBeLessThanOrEqual(3);
    await hub.round('shop');
    expect(await writesTo(`new ->> 'sku' = 'A-7'`)).toBe(writes);
    expect(await brandOf('A-7')).toBe('mine');
  });

  test('P5 catches the mutant: never-park', async () => {
    await start(['never-park']);
    expect(await writeAgainst(3)).toBeGreaterThan(3);
  });

  test('P6 idempotence: jobs that are done twice repair once', async () => {
    await start(['jobs-twice']);
    await hub.silently(`UPDATE shop.product SET brand = 'by hand' WHERE sku = ANY('{A-3,A-4}')`);
    await hub.silently(`DELETE FROM shop.product WHERE sku = 'A-5'`);
    const round = await hub.round('shop');
    expect(round).toMatchObject({ state: 'verified', changed: 2, missing: 1, fixed: 3, unfixed: 0 });
    const drift = await hub.test.hub.processes.call<DriftItem[]>('reconciler', `/rounds/${round.id}/drift`);
    expect(drift.map(({ outcome }) => outcome)).toEqual(['fixed', 'fixed', 'fixed']);
    await hub.untilEqual();
    expect(await writesTo(`new ->> 'sku' IN ('A-3', 'A-4')`)).toBe(2);
    const inserts = await hub.sql(`SELECT FROM shop.audit WHERE op = 'INSERT' AND new ->> 'sku' = 'A-5'`);
    expect(inserts).toHaveLength(2); // at first, and now
    expect(await hub.round('shop')).toMatchObject({ state: 'clean' });
  });

  const editMost = (): Promise<void> =>
    hub.silently(`UPDATE shop.product SET brand = 'of a filter' WHERE substr(sku, 3)::int <= ${ARTICLES * 0.6}`);
  const rewritten = (): Promise<number> => writesTo(`old ->> 'brand' = 'of a filter'`);

  test('P8 breaker: a round over its limits writes nothing', async () => {
    await start([]);
    await editMost();
    const round: RoundReport = await hub.round('shop');
    expect(round).toMatchObject({ state: 'held', changed: ARTICLES * 0.6 });
    await hub.untilRead('shop');
    expect(await rewritten()).toBe(0);
  });

  test('P8 catches the mutant: guard-off', async () => {
    await start(['guard-off']);
    await editMost();
    expect(await hub.round('shop')).toMatchObject({ state: 'verified' });
    expect(await rewritten()).toBe(ARTICLES * 0.6);
  });
});
