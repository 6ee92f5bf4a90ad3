import { beforeEach, describe, expect, test } from '@jest/globals';
import type { DeadLetterStore, LetterPage, NewLetter } from './dead-letter-ports.js';

/** An empty store, and a way to let the lease run out. */
export interface DeadLetterStoreFixture {
  readonly store: DeadLetterStore;
  expireLease(): Promise<void>;
}

const TOPIC = 'shop.dead-letter.v1';
const LEASE_MS = 60_000;

/** The letter at an offset of the dead-letter topic, of the message at the same offset of its own. */
function aLetter(offset: number, given: Partial<NewLetter> = {}): NewLetter {
  return {
    place: { topic: TOPIC, partition: 0, offset: BigInt(offset) },
    origin: { topic: 'golden.price.v1', partition: 1, offset: BigInt(offset) },
    ...{
      consumer: 'shop',
      key: `k-${offset} ü\0`,
      code: 'HUB_PAYLOAD_INVALID',
      reason: `The price ${offset} is wrong.`,
    },
    ...{
      retryOf: null,
      heldBehind: null,
      hasValue: true,
      holdsKey: false,
      parkedAtMs: Date.UTC(2026, 10, 23) + offset,
    },
    ...given,
  };
}

function aPage(letters: readonly NewLetter[]): LetterPage {
  const last = letters.at(-1)?.place.offset ?? -1n;
  return { topic: TOPIC, partition: 0, letters, released: [], nextOffset: last + 1n };
}

/** What every {@link DeadLetterStore} must do. */
export function testDeadLetterStore(makeStore: () => Promise<DeadLetterStoreFixture>): void {
  describe('dead-letter store', () => {
    let fixture: DeadLetterStoreFixture;
    let store: DeadLetterStore;
    const first = async (): Promise<string> => (await store.list({}, 1))[0]?.id ?? '';

    beforeEach(async () => {
      fixture = await makeStore();
      store = fixture.store;
    });

    test('adds a page with its position, once', async () => {
      await store.addPage(aPage([aLetter(0), aLetter(1)]));
      await store.addPage(aPage([aLetter(0), aLetter(1), aLetter(2)]));
      expect(await store.positions(TOPIC)).toEqual(new Map([[0, 3n]]));
      const letters = await store.list({}, 10);
      expect(letters.map(({ origin, attempts, state }) => [origin.offset, attempts, state])).toEqual(
        [0n, 1n, 2n].map((offset) => [offset, 1, 'open']),
      );
      expect(await store.find('no-id')).toBeNull();
    });

    test('groups by consumer, code and what the reasons have in common', async () => {
      const other = { code: 'HUB_SOURCE_TIMEOUT', reason: 'The shop did not answer within 500 ms.' };
      const held = { code: 'HUB_HELD_BEHIND', reason: 'It waits.', heldBehind: 1n };
      await store.addPage(aPage([aLetter(0), aLetter(1), aLetter(2, other), aLetter(3, { ...held, consumer: 'b' })]));
      const groups = await store.groups({});
      expect(groups).toHaveLength(3);
      expect(groups[0]).toMatchObject({
        ...{ consumer: 'shop', topics: ['golden.price.v1'], reason: 'The price # is wrong.', kind: 'permanent' },
        ...{ letters: 2, held: 0, firstAt: '2026-11-23T00:00:00.000000Z', lastAt: '2026-11-23T00:00:00.001000Z' },
      });
      expect(await store.count({ consumer: 'b' })).toEqual({ letters: 1, held: 1 });
      expect(await store.count({ kind: 'transient' })).toEqual({ letters: 1, held: 0 });
      expect(await store.list({ groupId: groups[0]?.groupId ?? '' }, 10)).toHaveLength(2);
    });

    test('a message that is parked twice by a crash is one letter', async () => {
      const again = aLetter(1, { origin: aLetter(0).origin });
      await store.addPage(aPage([aLetter(0), again]));
      await store.addPage(aPage([aLetter(2, { origin: aLetter(0).origin })]));
      expect(await store.list({}, 10)).toMatchObject([{ attempts: 1, place: { offset: 2n } }]);
    });

    test('discards many at once, with the reason; they are not open any more', async () => {
      await store.addPage(aPage([aLetter(0), aLetter(1), aLetter(2)]));
      const id = await first();
      expect(await store.discard({ kind: 'permanent' }, { reason: 'test data', actor: 'me' })).toBe(3);
      expect(await store.discard({}, { reason: 'test data', actor: 'me' })).toBe(0);
      expect(await store.find(id)).toMatchObject({ state: 'discarded', note: 'test data', decidedBy: 'me' });
      expect(await store.groups({})).toEqual([]);
    });

    test('orders what waits behind no other, and hands it out in the order of the origin', async () => {
      const early = aLetter(1, { origin: { topic: 'golden.price.v1', partition: 0, offset: 9n } });
      const held = aLetter(2, { code: 'HUB_HELD_BEHIND', heldBehind: 0n });
      await store.addPage(aPage([aLetter(0), early, held]));
      expect(await store.orderRetry({}, 'me')).toBe(2);
      expect(await store.orderRetry({}, 'me')).toBe(0);
      expect(await store.countOrdered()).toBe(2);
      const ordered = await store.nextOrdered(10);
      expect(ordered.map(({ origin }) => [origin.partition, origin.offset])).toEqual([
        [0, 9n],
        [1, 0n],
      ]);
      expect(await store.nextOrdered(1)).toHaveLength(1);
      expect(await store.list({}, 10)).toMatchObject([{ heldBehind: 0n }]);
    });

    test('who has the lease notes what was sent and what is gone; who lost it notes nothing', async () => {
      await store.addPage(aPage([aLetter(0), aLetter(1)]));
      const [one = '', two = ''] = (await store.list({}, 2)).map(({ id }) => id);
      await store.orderRetry({}, 'me');
      expect([await store.lease('a', LEASE_MS), await store.lease('b', LEASE_MS)]).toEqual([true, false]);
      await fixture.expireLease();
      expect(await store.lease('b', LEASE_MS)).toBe(true);
      await expect(store.settle('a', { sent: [one], gone: [] })).rejects.toMatchObject({ code: 'HUB_LEASE_LOST' });
      await store.settle('b', { sent: [one], gone: [two] });
      await store.release('a');
      expect(await store.lease('c', LEASE_MS)).toBe(false);
      await store.release('b');
      expect(await store.lease('c', LEASE_MS)).toBe(true);
      expect([await store.find(one), await store.find(two)]).toMatchObject([{ state: 'retried' }, { state: 'open' }]);
      expect(await store.nextOrdered(10)).toEqual([]);
    });

    test('a retry that is parked again is its letter, open once more, also before it was noted as sent', async () => {
      await store.addPage(aPage([aLetter(0), aLetter(1)]));
      const [one = '', two = ''] = (await store.list({}, 2)).map(({ id }) => id);
      await store.orderRetry({}, 'me');
      await store.lease('a', LEASE_MS);
      await store.settle('a', { sent: [one], gone: [] });
      const lane = (offset: number) => ({ topic: 'lane.shop.golden.price.v1', partition: 1, offset: BigInt(offset) });
      await store.addPage(
        aPage([
          aLetter(5, { retryOf: one, origin: lane(0), reason: 'New reason.' }),
          aLetter(6, { retryOf: two, origin: lane(1) }),
          aLetter(7, { retryOf: '999999', origin: lane(2) }),
        ]),
      );
      await store.settle('a', { sent: [two], gone: [] });
      const place = (offset: bigint) => ({ state: 'open', place: { offset } });
      expect(await store.list({}, 10)).toMatchObject([
        { ...place(5n), id: one, attempts: 2, reason: 'New reason.', origin: { topic: 'golden.price.v1', offset: 0n } },
        { ...place(6n), id: two, attempts: 2 },
        { ...place(7n), attempts: 1, origin: lane(2) },
      ]);
    });

    test('what waited of a key is sent once its consumer says that it was handed back', async () => {
      const held = { code: 'HUB_HELD_BEHIND', heldBehind: 0n, key: 'k ü\0' };
      await store.addPage(
        aPage([aLetter(0, { key: held.key, holdsKey: true }), ...[1, 2, 3].map((at) => aLetter(at, held))]),
      );
      await store.addPage(aPage([aLetter(4, { ...held, consumer: 'b' }), aLetter(5, { ...held, key: 'other' })]));
      const released = [{ consumer: 'shop', topic: 'golden.price.v1', key: held.key, before: 3n }];
      await store.addPage({ ...aPage([]), released, nextOffset: 7n });
      expect((await store.list({}, 10)).map(({ origin }) => origin.offset)).toEqual([0n, 3n, 4n, 5n]);
    });

    test('a letter that is given up and holds its key is to be told to its consumer, until that was done', async () => {
      await store.addPage(aPage([aLetter(0, { holdsKey: true }), aLetter(1), aLetter(2, { holdsKey: true })]));
      const id = await first();
      await store.discard({}, { reason: 'test data', actor: 'me' });
      expect((await store.nextGivenUp(10)).map(({ origin }) => origin.offset)).toEqual([0n, 2n]);
      expect([await store.nextGivenUp(1), await store.countOrdered()]).toMatchObject([[{ id }], 2]);
      await expect(store.settleGivenUp('a', [id])).rejects.toMatchObject({ code: 'HUB_LEASE_LOST' });
      await store.lease('a', LEASE_MS);
      await store.settleGivenUp('a', [id]);
      expect((await store.nextGivenUp(10)).map(({ origin }) => origin.offset)).toEqual([2n]);
    });

    test('an edited value goes out once, and a note stays', async () => {
      await store.addPage(aPage([aLetter(0)]));
      const id = await first();
      expect([await store.annotate(id, 'asked the ERP team'), await store.annotate('77', 'x')]).toEqual([true, false]);
      expect(await store.orderEdited(id, Buffer.from('new'), 'me')).toBe(true);
      expect(await store.orderEdited(id, Buffer.from('newer'), 'me')).toBe(false);
      const [ordered] = await store.nextOrdered(1);
      expect(ordered?.edited?.toString()).toBe('new');
      expect(ordered).toMatchObject({ isEdited: true, note: 'asked the ERP team', decidedBy: 'me' });
      await store.lease('a', LEASE_MS);
      await store.settle('a', { sent: [], gone: [id] });
      expect(await store.find(id)).toMatchObject({ state: 'open', isEdited: false });
    });
  });
}
