import { beforeEach, describe, expect, test } from '@jest/globals';
import type { HeldKey, HeldKeys } from './held-keys.js';

/** The port's rules, for every implementation. `make` opens an empty one. */
export function testHeldKeys(name: string, make: () => Promise<HeldKeys>): void {
  describe(`${name} as HeldKeys`, () => {
    let keys: HeldKeys;
    const held: HeldKey = {
      ...{ topic: 't', key: "o'1", partition: 2, firstOffset: 9_007_199_254_740_993n, code: 'HUB_PAYLOAD_INVALID' },
      reason: 'no "total"',
    };
    beforeEach(async () => {
      keys = await make();
    });

    test('finds what it holds, by topic and key', async () => {
      await keys.hold(held);
      await keys.hold({ ...held, topic: 'u', key: 'k' });
      expect(await keys.findHeld('t', [held.key, 'k', ''])).toEqual(new Map([[held.key, held]]));
      expect(await keys.findHeld('t', [])).toEqual(new Map());
    });

    test('the first message that holds a key stays the first', async () => {
      await keys.hold(held);
      await keys.hold({ ...held, firstOffset: 3n, reason: 'other' });
      expect((await keys.findHeld('t', [held.key])).get(held.key)).toEqual(held);
    });

    test('a key is not let go while a message behind the last that was handed back waits', async () => {
      await keys.hold(held);
      const next = held.firstOffset + 5n;
      expect(await keys.addHeld('t', held.key, next)).toBe(true);
      expect(await keys.addHeld('t', held.key, held.firstOffset)).toBe(true);
      expect(await keys.findLastHeld('t', held.key)).toBe(next);
      expect(await keys.release('t', held.key, next - 1n)).toBe(false);
      expect((await keys.findHeld('t', [held.key])).size).toBe(1);
      expect(await keys.release('t', held.key, next)).toBe(true);
      expect(await keys.findHeld('t', [held.key])).toEqual(new Map());
    });

    test('a later message may hold the key instead, with its own reason; never an earlier one', async () => {
      await keys.hold(held);
      await keys.addHeld('t', held.key, held.firstOffset + 5n);
      const later = { ...held, firstOffset: held.firstOffset + 2n, reason: 'later' };
      await keys.moveOn(later);
      await keys.moveOn({ ...held, firstOffset: held.firstOffset + 1n });
      expect((await keys.findHeld('t', [held.key])).get(held.key)).toEqual(later);
      expect(await keys.findLastHeld('t', held.key)).toBe(held.firstOffset + 5n);
      await keys.moveOn({ ...held, key: 'k' });
      expect(await keys.findHeld('t', ['k'])).toEqual(new Map());
    });

    test('nothing waits behind a key that is not held', async () => {
      expect(await keys.addHeld('t', 'k', 1n)).toBe(false);
      expect(await keys.findLastHeld('t', 'k')).toBeNull();
      expect(await keys.release('t', 'k', 1n)).toBe(true);
    });
  });
}
