import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { ENTITIES, topicNames } from '#contracts';
import { launchBrowser, WatchedPage, WIDTHS } from './browser.js';
import { ASKED_PRICE, HOSTILE_KEY, Wholesaler } from './wholesaler.js';

/** Every page: its name, its path, and words that show only when its data are there. */
function pagesOf(hub: Wholesaler, ids: { readonly hold: string; readonly round: string }): [string, string, RegExp][] {
  const topics = topicNames(hub.hub.file.hub.topicPrefix);
  const record = (entity: string, key: string): string => `/records/${entity}/${encodeURIComponent(key)}`;
  return [
    ['today', '/', /Held: a batch of changes of erp price/],
    ['map', '/map', /Golden records/],
    ['system', '/systems/shop', /The hub writes this system/],
    ['search', '/search?q=A-1000', /A-10007/],
    ['record', record('price', ASKED_PRICE), /it owns this field/],
    ['record-systems', `${record('price', ASKED_PRICE)}?tab=systems`, /has|live/],
    ['record-history', `${record('price', ASKED_PRICE)}?tab=history`, /9\.2 → *9\.9|9\.2 →/],
    ['record-as-of', `${record('price', ASKED_PRICE)}?tab=as-of`, /Choose an instant/],
    ['record-hostile', record('product', HOSTILE_KEY), /onerror/],
    ['drift', '/drift', /Latest rounds/],
    ['round', `/drift/${ids.round}`, /A-1001/],
    ['hold', `/holds/live/${ids.hold}`, /Why it is held/],
    ['reverts', '/reverts', /Dry run/],
    ['parked', '/parked', /No key is parked/],
    ['topics', '/topics', /golden\.price\.v1/],
    ['topic', `/topics/${topics.golden('price')}?key=A-10007`, /A-10007/],
    ['schemas', '/schemas', /GoldenPrice/],
    ['schema', `/schemas/${ENTITIES.price.goldenType}`, /Version 1/],
    ['settings', '/settings', /STORES_URL/],
    ['not-found', '/no/such/page', /There is no such page/],
  ];
}

describe('every page', () => {
  let browser: Browser;
  let hub: Wholesaler;
  let ids: { hold: string; round: string };

  beforeAll(async () => {
    [browser, hub] = await Promise.all([launchBrowser(), Wholesaler.start()]);
    const [hold] = await hub.openHolds();
    const [round] = await hub.hub.processes.call<{ id: string }[]>('reconciler', '/rounds?limit=1');
    ids = { hold: hold?.id ?? '', round: round?.id ?? '' };
  });
  afterAll(async () => {
    await browser?.close();
    await hub?.drop();
  });

  test.each([
    ['wide', false],
    ['narrow', false],
    ['wide', true],
  ] as const)(
    'shows its data at the %s size (dark: %p), without barrier, overflow or refused script',
    async (size, isDark) => {
      const watched = await WatchedPage.open(browser, hub.pageUrl, size, isDark);
      await watched.goto('/');
      expect(await watched.findBarriers()).toEqual([]);
      if (!isDark) await watched.shoot(`login-${size}`);
      await watched.signIn(hub.password);
      const found: Record<string, unknown> = {};
      for (const [name, path, words] of pagesOf(hub, ids)) {
        await watched.goto(path);
        await watched.page.getByText(words).first().waitFor({ state: 'attached' });
        await watched.shoot(`${name}-${isDark ? 'dark' : size}`);
        const barriers = await watched.findBarriers();
        const overflow = await watched.findOverflow();
        if (barriers.length > 0 || overflow > 0) found[name] = { barriers, overflow };
        expect(await watched.page.title()).toBe('Plumbline');
      }
      expect(found).toEqual({});
      expect(watched.problems).toEqual([]);
      await watched.close();
    },
  );

  test('prints how soon the first page is usable', async () => {
    const times: number[] = [];
    for (let run = 0; run < 5; run += 1) {
      const watched = await WatchedPage.open(browser, hub.pageUrl, 'wide');
      await watched.goto('/');
      await watched.signIn(hub.password);
      const began = performance.now();
      await watched.goto('/');
      await watched.page.getByRole('link', { name: 'Review and decide' }).first().waitFor();
      times.push(Math.round(performance.now() - began));
      await watched.close();
    }
    times.sort((a, b) => a - b);
    process.stdout.write(`first page usable: min ${times[0]} ms, median ${times[2]} ms, max ${times[4]} ms\n`);
    expect(Object.keys(WIDTHS)).toHaveLength(2);
  });
});
