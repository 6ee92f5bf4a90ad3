import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ContributionEvent, GoldenEvent } from '#contracts';
import { instantOfMs, type BusinessKey } from '#kernel';
import { aContribution, type ContributionSketch } from './golden-builders.js';
import { GoldenPlay, prices, type GoldenStoreFixture } from './golden-play.js';
import type { GoldenStore } from './ports.js';

const P1 = 'P-1' as BusinessKey;

/** Taking over from golden's topics over any store: `first` published, `second` is a database that knows less of it. */
export function testTakeOver(makeStore: () => Promise<GoldenStoreFixture>): void {
  describe('taking over what was published', () => {
    let first: GoldenPlay;
    let second: GoldenPlay;
    beforeEach(async () => {
      first = new GoldenPlay(await makeStore());
      second = new GoldenPlay(await makeStore());
    });
    afterEach(() => Promise.all([first.fixture.close(), second.fixture.close()]));

    const publish = async (sketches: readonly ContributionSketch[]): Promise<void> => {
      await first.page(sketches);
      first.nowMs += 1000;
    };
    const takeAll = async (...sketches: readonly ContributionSketch[]): Promise<void> => {
      const events = await first.events();
      const head = events.at(-1) as GoldenEvent;
      const changes = sketches.map((sketch) => ({
        event: aContribution({ entity: 'price', ...sketch }),
        published: head,
      }));
      await second.takeOver.takeContributions('price', changes);
      await second.takeOver.takePast('price', events.slice(0, -1));
      await second.takeOver.takeGolden('price', [{ event: head, isOnState: true }], second.policy);
    };

    test('goes on above the last version, publishes nothing twice, and knows the past', async () => {
      const [one, two, three] = [prices(1, '10'), prices(1, '11', 2n), prices(1, '12', 3n)];
      await second.page(one);
      const before = instantOfMs(first.nowMs);
      for (const page of [one, two, three]) await publish(page);
      const published = await second.published();
      const places = [{ key: P1, sequence: 3n }];
      expect(await second.takeOver.countBehind('price', places)).toBe(1);
      await takeAll(...two, ...three);
      expect(await second.takeOver.countBehind('price', places)).toBe(0);
      for (const page of [two, three]) await second.page(page);
      // what waited to be published of the key is on the topic, with what followed
      expect(published).toHaveLength(2);
      expect(await second.published()).toEqual([]);
      await second.page(prices(1, '13', 4n));
      expect(await second.published()).toEqual(['state P-1 v4 s4 live 13', 'history P-1 v4 s4 live 13']);
      expect(await second.fixture.store.findAsOf('price', P1, before)).toMatchObject({ version: 1n });
    });

    test('a value that a person rejected since the backup does not come back', async () => {
      await second.page(prices(1, '10'));
      await publish(prices(1, '10'));
      await publish([{ key: 'P-1', sequence: 3n, fields: { amount: '10', taxIncluded: true } }]);
      await takeAll({ key: 'P-1', sequence: 3n, at: 9, fields: { amount: '0', taxIncluded: true } });
      await second.page([{ key: 'P-1', sequence: 4n, at: 9, fields: { amount: '0', taxIncluded: false } }]);
      expect(await second.amount('P-1')).toBe('10');
      await second.page([{ key: 'P-1', sequence: 5n, at: 10, fields: { amount: '7', taxIncluded: false } }]);
      expect(await second.amount('P-1')).toBe('7');
    });

    /** P-1 at 9 by a bad batch, put back to 10 by the hub. */
    const revertOne = async (): Promise<ContributionEvent> => {
      for (const page of [prices(1, '10', 1n, 1), prices(1, '9', 2n, 2)]) await publish(page);
      const id = await first.reverter.create({ entity: 'price', key: P1 }, 'ann');
      await first.revert();
      const digest = (await first.fixture.store.findRevert(id))?.digest ?? '';
      await first.reverter.approve(id, { digest, actor: 'ann' });
      await first.revert();
      return (await first.contributed())[0] as ContributionEvent;
    };

    test('keeps what the hub overrides, be it taken over or read from the change topics again', async () => {
      const own = await revertOne();
      const events = await first.events();
      const head = events.at(-1) as GoldenEvent;
      const source = aContribution({ entity: 'price', key: 'P-1', sequence: 2n, at: 2, fields: { amount: '9' } });
      const changes = [own, source].map((event) => ({ event, published: head }));
      await second.takeOver.takeContributions('price', changes);
      await second.takeOver.takeGolden('price', [{ event: head, isOnState: true }], second.policy);
      await second.page([{ key: 'P-1', sequence: 3n, at: 2, fields: { amount: '9', taxIncluded: true } }]);
      expect(await second.amount('P-1')).toBe('10');
      await second.page(prices(1, '8', 4n, 4));
      expect(await second.amount('P-1')).toBe('8');
    });

    test("a database that begins anew comes to the hub's value in any order of the topics", async () => {
      const own = await revertOne();
      await second.take(own);
      await second.page(prices(1, '10', 1n, 1));
      await second.page(prices(1, '9', 2n, 2));
      expect(await second.amount('P-1')).toBe('10');
      const head = (await first.events()).at(-1);
      expect((await second.events()).at(-1)?.origins).toEqual(head?.origins);
    });

    test('an override whose own event was compacted away stands as it was published', async () => {
      await revertOne();
      const head = (await first.events()).at(-1) as GoldenEvent;
      const source = aContribution({ entity: 'price', key: 'P-1', sequence: 2n, at: 2, fields: { amount: '9' } });
      await second.takeOver.takeContributions('price', [{ event: source, published: head }]);
      await second.takeOver.takeGolden('price', [{ event: head, isOnState: true }], second.policy);
      await second.page([{ key: 'P-1', sequence: 3n, at: 2, fields: { amount: '9', taxIncluded: true } }]);
      expect(await second.amount('P-1')).toBe('10');
    });

    test('publishes the state again where only the history topic had got it', async () => {
      await publish(prices(1, '10'));
      const [event] = await first.events();
      await second.takeOver.takeGolden('price', [{ event: event as GoldenEvent, isOnState: false }], second.policy);
      expect(await second.published()).toEqual(['state P-1 v1 s2 live 10']);
    });

    test('what was held in the backup and settled since is held no more', async () => {
      await second.page(prices(4, '10'));
      await second.page(prices(4, '0', 2n), { batch: 'zero' });
      const [hold] = await second.fixture.store.findHolds('open');
      expect(hold).toMatchObject({ count: 4 });
      for (const sequence of [1n, 2n]) await publish(prices(4, sequence === 1n ? '10' : '9', sequence));
      const heads = new Map((await first.events()).map((event) => [event.key, event]));
      const taken = [...heads.values()].map((event) => ({ event, isOnState: true }));
      await second.takeOver.takeGolden('price', taken, second.policy);
      expect(await second.fixture.store.findHolds('open')).toEqual([]);
      expect(await second.amount('P-1')).toBe('9');
    });

    test('numbers of holds go on above those that were published', async () => {
      await second.takeOver.takeHoldNumber(41);
      await second.takeOver.takeHoldNumber(7);
      await second.page(prices(6, '10'));
      await second.page(prices(6, '0', 2n), { batch: 'zero' });
      expect((await second.fixture.store.findHolds('open')).map(({ id }) => id)).toEqual(['live-42']);
    });

    test('does not go on over a database that went back under it', async () => {
      const stores = [first.fixture.store, second.fixture.store];
      const transaction: GoldenStore['transaction'] = (work) => (stores[0] as GoldenStore).transaction(work);
      const store = Object.create(first.fixture.store, { transaction: { value: transaction } }) as GoldenStore;
      const play = new GoldenPlay({ ...first.fixture, store });
      await play.page(prices(1, '10'));
      stores.shift();
      await expect(play.page(prices(1, '11', 2n))).rejects.toMatchObject({ code: 'HUB_DATABASE_OLD' });
      expect(await second.published()).toEqual([]);
    });
  });
}
