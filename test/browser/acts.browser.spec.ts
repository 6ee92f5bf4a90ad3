import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { ENTITIES, topicNames } from '#contracts';
import { checkSchemas, findEvent, readAudit } from './acts-data.js';
import { replayIntoLane, repairLetter } from './redelivery-acts.js';
import { useKey } from './key-acts.js';
import { seedFromSources, seedStore } from './seed-acts.js';
import { rejectHold, revertPrice, startRound, useKeyboard } from './acts.js';
import { launchBrowser, WatchedPage } from './browser.js';
import { Doors } from './doors.js';
import { lookAtPages } from './walk.js';
import { Wholesaler } from './wholesaler.js';

/** Routes that take a body of which nothing is right. */
const REDELIVERY = ['/api/replays', '/api/replays/plan', '/api/offsets/reset', '/api/dead-letters/retry'];
const SEEDS = ['/api/seeds', '/api/seeds/plan'];

describe('the admin page', () => {
  let browser: Browser;
  let hub: Wholesaler;
  beforeAll(async () => {
    browser = await launchBrowser();
    hub = await Wholesaler.start();
  });
  afterAll(async () => {
    await browser?.close();
    await hub?.drop();
  });

  test.each(['wide', 'narrow'] as const)(
    'shows every page in the dark at the %s size, without barrier, overflow or refused script',
    (size) => lookAtPages(browser, hub, { size, colours: 'dark' }),
  );

  test('prints how soon the first page is usable', async () => {
    const times: number[] = [];
    for (let run = 0; run < 5; run += 1) {
      const watched = await WatchedPage.open(browser, hub.pageUrl);
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
    const watched = await WatchedPage.open(browser, hub.pageUrl);
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

  test('finds an event, and shows the timeline of its record', () => atPage('/', (page) => findEvent(page, hub)));

  test('filters the audit, verifies it and exports it', () => atPage('/audit', readAudit));

  test('says of a schema whether it could follow, before it is registered', () =>
    atPage(`/schemas/${ENTITIES.price.changedType}?tab=check`, checkSchemas));

  test('rejects what is held, with the reason', () => atPage('/', (page) => rejectHold(page, hub)));

  test('starts a round after its dry run', () => atPage('/systems/shop', (page) => startRound(page, hub)));

  test('takes a price back after a dry run', () => atPage('/reverts', (page) => revertPrice(page, hub)));

  test('replays a topic into a lane: dry run, start, pause, resume, to its end', () =>
    atPage('/replays', (page) => replayIntoLane(page, hub)));

  test('seeds a store of the hub file: dry run, start, to its certificate', () =>
    atPage('/seeds', (page) => seedStore(page, hub)));

  test('seeds it from the systems themselves: the cost of their scans, start, to what they said', () =>
    atPage('/seeds', (page) => seedFromSources(page, hub)));

  test('edits a dead letter and hands it to its consumer once more', () =>
    atPage('/dead-letters', (page) => repairLetter(page, hub)));

  test('makes an API key, which is shown once, uses it, and revokes it', () =>
    atPage('/settings/keys', (page) => useKey(page, hub)));

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
    expect((await doors.post('/api/logout', {}, token)).status).toBe(200);
    expect(await doors.status('/api/session', { cookie })).toBe(401);
  });

  test('answers nonsense with a code and never with an error of its own', async () => {
    const doors = new Doors(hub.pageUrl);
    const { cookie, session } = await doors.signIn(hub.password);
    for (const route of await doors.readRoutes(cookie)) expect(await doors.status(route, { cookie })).toBeLessThan(500);
    const token = { cookie, 'x-csrf-token': session.csrfToken };
    for (const path of [
      '/api/rounds',
      '/api/reverts',
      '/api/systems/x/mode',
      '/api/holds/live/x/approve',
      '/api/keys',
      ...REDELIVERY,
      ...SEEDS,
    ])
      expect([path, (await doors.post(path, { a: 1 }, token)).status]).toEqual([path, 400]);
    expect(await doors.status('/api/topics/__consumer_offsets/messages', { cookie })).toBe(404);
    expect(await doors.status('/api/systems/..%2f..%2fmetrics/plan', { cookie })).toBe(404);
  });
});
