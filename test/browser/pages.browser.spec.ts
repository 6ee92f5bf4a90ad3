import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { ENTITIES, topicNames } from '#contracts';
import { rejectHold, revertPrice, startRound, useKeyboard } from './acts.js';
import { launchBrowser, WatchedPage } from './browser.js';
import { Doors } from './doors.js';
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
    ['record-history', `${record('price', ASKED_PRICE)}?tab=history`, /9\.20 →/],
    ['record-as-of', `${record('price', ASKED_PRICE)}?tab=as-of`, /Choose an instant/],
    ['record-hostile', record('product', HOSTILE_KEY), /onerror/],
    ['drift', '/drift', /Latest rounds/],
    ['round', `/drift/${ids.round}`, /A-1001/],
    ['hold', `/holds/live/${ids.hold}`, /Why it is held/],
    ['reverts', '/reverts', /Latest batches/],
    ['parked', '/parked', /No key is parked/],
    ['topics', '/topics', /golden\.price\.v1/],
    ['topic', `/topics/${topics.golden('price')}?key=A-10007`, /A-10007/],
    ['schemas', '/schemas', /GoldenPrice/],
    ['schema', `/schemas/${ENTITIES.price.goldenType}`, /Version 1/],
    ['settings', '/settings', /STORES_URL/],
    ['not-found', '/no/such/page', /There is no such page/],
  ];
}

describe('the admin page', () => {
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
    expect(times.every(Number.isFinite)).toBe(true);
  });

  /** Signed in at this path, on a page that must see no error to its end. */
  async function atPage(path: string, work: (page: WatchedPage['page']) => Promise<void>): Promise<void> {
    const watched = await WatchedPage.open(browser, hub.pageUrl, 'wide');
    await watched.goto(path); // a deep link leads on after signing in
    await watched.signIn(hub.password);
    await work(watched.page);
    expect(watched.problems).toEqual([]);
    await watched.close();
  }

  test('is used by keyboard', () => atPage('/', useKeyboard));

  test('a message is decoded, decimals as written', () =>
    atPage(`/topics/${topicNames(hub.hub.file.hub.topicPrefix).golden('price')}?key=A-10007`, async (page) => {
      await page.locator('.message summary').first().click();
      await page.getByText('"9.9"').first().waitFor();
    }));

  test('rejects what is held, with the reason', () => atPage('/', (page) => rejectHold(page, hub)));

  test('starts a round after its dry run', () => atPage('/systems/shop', (page) => startRound(page, hub)));

  test('takes a price back after a dry run', () => atPage('/reverts', (page) => revertPrice(page, hub)));

  test('opens nothing without a session, changes nothing without its token', async () => {
    const doors = new Doors(hub.pageUrl);
    expect((await doors.post('/api/login', { name: 'admin', password: 'wrong' })).status).toBe(401);
    expect((await doors.post('/api/login', { name: 'nobody', password: hub.password })).status).toBe(401);
    const { cookie, session } = await doors.signIn(hub.password);
    const routes = await doors.readRoutes(cookie);
    expect(routes.length).toBeGreaterThan(15);
    for (const route of routes) expect([route, await doors.status(route)]).toEqual([route, 401]);
    for (const path of ['/metrics', '/health/ready']) expect(await doors.status(path, { cookie })).toBe(401);
    const start = { system: 'shop' };
    expect((await doors.post('/api/rounds', start, { cookie })).status).toBe(401);
    expect((await doors.post('/api/rounds', start, { cookie, 'x-csrf-token': 'x' })).status).toBe(401);
    const token = { cookie, 'x-csrf-token': session.csrfToken };
    expect((await doors.post('/api/logout', {}, token)).status).toBe(204);
    expect(await doors.status('/api/session', { cookie })).toBe(401);
  });

  test('answers nonsense with a code and never with an error of its own', async () => {
    const doors = new Doors(hub.pageUrl);
    const { cookie, session } = await doors.signIn(hub.password);
    for (const route of await doors.readRoutes(cookie)) expect(await doors.status(route, { cookie })).toBeLessThan(500);
    const token = { cookie, 'x-csrf-token': session.csrfToken };
    for (const path of ['/api/rounds', '/api/reverts', '/api/systems/x/mode', '/api/holds/live/x/approve'])
      expect([path, (await doors.post(path, { a: 1 }, token)).status]).toEqual([path, 400]);
    expect(await doors.status('/api/topics/__consumer_offsets/messages', { cookie })).toBe(404);
    expect(await doors.status('/api/systems/..%2f..%2fmetrics/plan', { cookie })).toBe(404);
  });
});
