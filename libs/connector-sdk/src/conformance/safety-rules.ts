import { expect } from '@jest/globals';
import type { BusinessKey } from '#kernel';
import type { ConformanceTarget } from './driver.js';
import { KnownRecords, readAll, scanAll, WHOLE } from './reading.js';
import type { RuleList } from './rule.js';
import type { WithSystem } from './with-system.js';

/** Rules that keep a system and the hub safe from each other. */
export function addSafetyRules(target: ConformanceTarget, withSystem: WithSystem, list: RuleList): void {
  const { entity } = target;
  const test = list.unless(false);

  test('reading issues no write, and in mode observe a write is refused', () =>
    withSystem('observe', async ({ connector, driver, records }) => {
      await driver.put(records.many(5));
      const before = await driver.countWrites?.();
      await connector.check();
      await connector.discover();
      if (target.capabilities.changes !== 'scan') await readAll(connector, entity, new KnownRecords());
      await scanAll(connector, entity);
      await connector.digest?.(entity, [WHOLE]);
      const create = {
        operation: 'create',
        externalId: null,
        key: 'X' as BusinessKey,
        expectedVersion: null,
        fields: {},
      } as const;
      await expect(connector.apply(entity, [create])).rejects.toMatchObject({ name: 'HubError' });
      expect(await driver.countWrites?.()).toBe(before);
      expect((await driver.read()).size).toBe(5);
    }));

  test('a record that cannot be mapped is named with its reason, and the rest goes on', () =>
    withSystem('observe', async ({ connector, driver, records }) => {
      if (!driver.putUnmappable) return;
      await driver.put([records.plain('A')]);
      const bad = await driver.putUnmappable();
      await driver.put([records.plain('Z')]);
      const known = new KnownRecords();
      if (target.capabilities.changes === 'scan') known.take(await connector.scan(entity, WHOLE, null, 100));
      else await readAll(connector, entity, known);
      expect([...known.rejected]).toEqual([bad]);
      expect([...known.byKey().keys()].sort()).toEqual(['A', 'Z']);
    }));
}
