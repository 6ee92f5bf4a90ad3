import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { instantOfMs, type Clock } from '#kernel';
import { ApiKeys, createApiKey, type ApiKeyStore } from './api-keys.js';

const START_MS = Date.parse('2026-11-26T10:00:00Z');
const DAY_MS = 24 * 60 * 60_000;

/** The rules of API keys over every store. `make` opens an empty one. */
export function testApiKeys(
  name: string,
  make: () => Promise<{ readonly store: ApiKeyStore; readonly close: () => Promise<void> }>,
): void {
  describe(`API keys in ${name}`, () => {
    let nowMs = START_MS;
    let store: ApiKeyStore;
    let close: () => Promise<void>;
    let keys: ApiKeys;
    const clock: Clock = { nowMs: () => nowMs, sleep: () => Promise.resolve() };
    const wanted = { name: 'CI', owner: 'ann', roles: ['viewer', 'data'], expiresAt: instantOfMs(START_MS + DAY_MS) };
    beforeAll(async () => {
      ({ store, close } = await make());
      keys = new ApiKeys(store, clock);
    });
    afterAll(() => close());

    test('a key opens with its roles until it expires, and is not what is kept', async () => {
      const { key, stored } = await createApiKey(wanted, { store, clock });
      expect(key).toMatch(/^plk_[\w-]{8}_[\w-]{43}$/);
      expect(JSON.stringify(await store.list())).not.toContain(key.slice(-43));
      const principal = { subject: `key:${stored.prefix}`, name: 'CI', owner: 'ann', kind: 'apiKey' };
      expect(await keys.verify(key)).toEqual({ ...principal, roles: ['viewer', 'data'] });
      nowMs = START_MS + DAY_MS - 1;
      expect(await keys.verify(key)).not.toBeNull();
      nowMs = START_MS + DAY_MS;
      expect(await keys.verify(key)).toBeNull();
      nowMs = START_MS;
    });

    test('neither another secret nor another form opens anything', async () => {
      const { key, stored } = await createApiKey(wanted, { store, clock });
      const last = key.endsWith('A') ? 'B' : 'A';
      for (const wrong of [`${key.slice(0, -1)}${last}`, key.slice(0, -1), `${key}A`, stored.prefix, 'plk_', `x${key}`])
        expect(await keys.verify(wrong)).toBeNull();
    });

    test('a revoked key opens nothing, and is revoked once', async () => {
      const { key, stored } = await createApiKey(wanted, { store, clock });
      expect(await store.revoke(stored.prefix, instantOfMs(nowMs))).toBe(true);
      expect(await store.revoke(stored.prefix, instantOfMs(nowMs))).toBe(false);
      expect(await store.revoke('plk_AAAAAAAA', instantOfMs(nowMs))).toBe(false);
      expect(await keys.verify(key)).toBeNull();
    });

    test('the last use is kept, to the minute', async () => {
      const { key, stored } = await createApiKey(wanted, { store, clock });
      const lastUse = async () => (await store.find(stored.prefix))?.lastUsedAt;
      expect(await lastUse()).toBeNull();
      await keys.verify(key);
      expect(await lastUse()).toBe(instantOfMs(START_MS));
      nowMs += 59_000;
      await keys.verify(key);
      expect(await lastUse()).toBe(instantOfMs(START_MS));
      nowMs += 1_000;
      await keys.verify(key);
      expect(await lastUse()).toBe(instantOfMs(START_MS + 60_000));
      await store.touch(stored.prefix, instantOfMs(START_MS));
      expect(await lastUse()).toBe(instantOfMs(START_MS + 60_000));
    });
  });
}
