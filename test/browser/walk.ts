import { expect } from '@jest/globals';
import { ENTITIES, topicNames } from '#contracts';
import type { Browser } from 'playwright-core';
import { WatchedPage, type Look } from './browser.js';
import { readCharts } from './charts.js';
import { ASKED_PRICE, HOSTILE_KEY, type Wholesaler } from './wholesaler.js';

/** Signs in and opens every page, with a picture of each. @throws when one has a barrier, runs over the screen, or shows no data */
export async function lookAtPages(browser: Browser, hub: Wholesaler, look: Look): Promise<void> {
  const watched = await WatchedPage.open(browser, hub.pageUrl, look);
  const pictures = `${look.size}-${look.colours}`;
  await watched.goto('/');
  expect([await watched.findBarriers(), await watched.findOverflow()]).toEqual([[], 0]);
  await watched.shoot(`login-${pictures}`);
  await watched.signIn(hub.password);
  await walkPages(watched, hub, pictures);
  await readCharts(watched, pictures);
  expect(watched.problems).toEqual([]);
  await watched.close();
}

async function walkPages(watched: WatchedPage, hub: Wholesaler, pictures: string): Promise<void> {
  const [hold] = await hub.openHolds();
  const found: Record<string, unknown> = {};
  const letter = await findLetter(watched);
  await makeKey(watched);
  const ids = { hold: hold?.id ?? '', round: hub.repaired?.id ?? '', seed: hub.seeded?.id ?? '', ...letter };
  for (const [name, path, words] of [...pagesOf(hub, ids), ...redeliveryPages(ids)]) {
    await watched.goto(path);
    await watched.page.getByText(words).first().waitFor({ state: 'attached' });
    await watched.shoot(`${name}-${pictures}`);
    const barriers = await watched.findBarriers();
    const overflow = await watched.findOverflow();
    const tabs = await watched.findTabsOutOfSight();
    if (barriers.length + overflow + tabs.length > 0) found[name] = { barriers, overflow, tabs };
    expect(await watched.page.title()).toBe('Plumbline');
  }
  expect(found).toEqual({});
}

interface LetterIds {
  readonly letter: string;
  readonly cause: string;
}

/** The one letter of the hub, as the page's own API has it. */
async function findLetter({ page }: WatchedPage): Promise<LetterIds> {
  const [letter] = await page.evaluate<readonly { readonly id: string; readonly groupId: string }[]>(
    "fetch('/api/dead-letters').then((answer) => answer.json())",
  );
  return { letter: letter?.id ?? '', cause: letter?.groupId ?? '' };
}

/** A key with a name that no line holds, so that the list of keys has a row. */
async function makeKey({ page }: WatchedPage): Promise<void> {
  const body = { name: `nightly-reports-${'of-every-system-'.repeat(4)}`, roles: ['viewer', 'data'] };
  const status = await page.evaluate<number>(
    `(async (body) => {
      const { csrfToken } = await (await fetch('/api/session')).json();
      const headers = { 'content-type': 'application/json', 'x-csrf-token': csrfToken };
      return (await fetch('/api/keys', { method: 'POST', headers, body })).status;
    })(${JSON.stringify(JSON.stringify(body))})`,
  );
  expect(status).toBe(201);
}

/** Pages of replays, seeds and dead letters. */
function redeliveryPages({ letter, cause, seed }: LetterIds & { readonly seed: string }): [string, string, RegExp][] {
  return [
    ['dead-letters', '/dead-letters', /another system or entity/],
    ['letter-cause', `/dead-letters/causes/${cause}`, /L-1<b>/],
    ['letter', `/dead-letters/${letter}`, /Edit and retry/],
    ['replays', '/replays', /No replay was ever ordered/],
    ['replay-wizard', '/replays/new', /Reading it moves no consumer/],
    ['offsets', '/offsets', /Consumer group/],
    ['seeds', '/seeds', /store team, table seeded_prices/],
    ['seed', `/seeds/${seed}`, /Holds it still/],
    ['seed-wizard', '/seeds/new', /Only these fields/],
  ];
}

/** Every page: its name, its path, and words that show only when its data are there. */
function pagesOf(hub: Wholesaler, ids: { readonly hold: string; readonly round: string }): [string, string, RegExp][] {
  const topics = topicNames(hub.hub.file.hub.topicPrefix);
  const record = (entity: string, key: string): string => `/records/${entity}/${encodeURIComponent(key)}`;
  return [
    ['today', '/', /Held: a batch of changes of erp price/],
    ['map', '/map', /Golden records/],
    ['system', '/systems/shop', /The hub writes this system/],
    ['search', '/search?q=A-1000', /A-10007/],
    ['search-messages', `/search?q=${encodeURIComponent(ASKED_PRICE)}`, /with this key/],
    ['record', record('price', ASKED_PRICE), /it owns this field/],
    ['record-systems', `${record('price', ASKED_PRICE)}?tab=systems`, /has|live/],
    ['record-history', `${record('price', ASKED_PRICE)}?tab=history`, /9\.20 →/],
    ['record-as-of', `${record('price', ASKED_PRICE)}?tab=as-of`, /Choose an instant/],
    ['record-timeline', `${record('price', ASKED_PRICE)}?tab=timeline`, /create applied/],
    ['record-hostile', record('product', HOSTILE_KEY), /onerror/],
    ['drift', '/drift', /Latest rounds/],
    ['round', `/drift/${ids.round}`, /A-1001/],
    ['hold', `/holds/live/${ids.hold}`, /Why it is held/],
    ['reverts', '/reverts', /Latest batches/],
    ['approvals', '/approvals', /Nothing waits/],
    ['parked', '/parked', /No key is parked/],
    ['topics', '/topics', /golden\.price\.v1/],
    ['topic', `/topics/${topics.golden('price')}?key=A-10007`, /A-10007/],
    ['topic-about', `/topics/${topics.golden('price')}?tab=about`, /95 % within/],
    ['topic-consume', `/topics/${topics.golden('price')}?tab=consume`, /consume\.py/],
    ['schemas', '/schemas', /GoldenPrice/],
    ['schema', `/schemas/${ENTITIES.price.goldenType}`, /Version 1/],
    ['schema-check', `/schemas/${ENTITIES.price.goldenType}?tab=check`, /A dry run/],
    ['audit', '/audit', /connector-shop \d+/],
    ['audit-entry', '/audit/connector-shop/1', /What was kept/],
    ['settings', '/settings', /STORES_URL/],
    ['keys', '/settings/keys', /plk_/],
    ['not-found', '/no/such/page', /There is no such page/],
  ];
}
