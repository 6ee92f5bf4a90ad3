import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { PlanReport, RoundReport } from '#contracts';
import { eventually } from '#testing';
import { countHubWrites } from '../faults/evidence.js';
import { HubUnderTest, PATIENCE } from './hub-under-test.js';

describe('mode observe', () => {
  let hub: HubUnderTest;
  const planOf = (system: string): Promise<PlanReport> =>
    hub.test.hub.processes.call<PlanReport>(`connector-${system}`, '/plan');

  beforeAll(async () => {
    hub = await HubUnderTest.start({ processes: 'one' });
    await hub.sql(
      `INSERT INTO shop.product (sku, name_de, brand) VALUES ('A-1', 'anders', 'other'), ('A-9', 'nur hier', '')`,
    );
    await hub.addArticles(5);
    await eventually(async () => {
      const plan = await planOf('shop');
      expect(plan.entities[0]).toMatchObject({ lag: 0, different: 1, onlyThere: 4, onlyHere: 1 });
    }, PATIENCE);
  });
  afterAll(() => hub.drop());

  test('issues no write, whatever differs, and whatever a round finds', async () => {
    const round: RoundReport = await hub.round('shop');
    expect(round.problem).toBeNull();
    await hub.untilRead('shop');
    expect(await countHubWrites(hub.test, 'shop')).toBe(0);
    expect(await hub.sql(`SELECT brand FROM shop.product ORDER BY sku`)).toEqual([{ brand: 'other' }, { brand: '' }]);
  });

  test('needs no more than the right to read', async () => {
    const role = hub.test.stores.roleOf('erp');
    const rights = await hub.sql(`SELECT privilege_type FROM information_schema.role_table_grants WHERE grantee = $1`, [
      role,
    ]);
    expect(rights).toEqual([{ privilege_type: 'SELECT' }]);
    expect(await planOf('erp')).toMatchObject({ mode: 'observe', scanned: true });
    expect(await countHubWrites(hub.test, 'erp')).toBe(0);
  });

  test('refuses to write while records differ', async () => {
    await expect(hub.test.hub.setMode('shop', 'write', 0)).rejects.toThrow(/differ/);
  });
});
