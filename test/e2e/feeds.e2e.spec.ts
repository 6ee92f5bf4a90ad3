import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '#testing';
import { ROOT } from '../faults/servers.js';
import { SYSTEMS } from '../faults/stores.js';
import { foldEvents, readDocument, walkBack } from '../integration/atom-client.js';
import { HubUnderTest, PATIENCE, processAddresses } from './hub-under-test.js';

let hub: HubUnderTest;
beforeAll(async () => {
  hub = await HubUnderTest.start({ processes: 'one', systems: `${SYSTEMS}\nfeeds: [product]\n` });
});
afterAll(() => hub.drop());

/** Asks a feed of the gateway. */
const get = (url: string): Promise<Response> =>
  fetch(url, { headers: { authorization: `Bearer ${hub.test.hub.processes.token}` } });
const urlOf = (feed: string): string => `${hub.test.hub.processes.urlOf('gateway')}/feeds/${feed}`;

/** One command line of a process of its own. */
async function seed(...args: readonly string[]): Promise<unknown> {
  const line = [join(ROOT, 'dist/apps/cli/main.js'), 'seed', 'product', ...args, '--yes', '--json'];
  const env = {
    ...{ ...process.env, ...processAddresses(), DATABASE_URL: hub.test.hub.databaseUrl },
    PLUMBLINE_HUB_FILE: join(hub.folder, 'plumbline.yaml'),
    PLUMBLINE_TOKEN: hub.test.hub.processes.token,
  };
  const { stdout } = await promisify(execFile)(process.execPath, line, { env });
  return JSON.parse(stdout) as unknown;
}

test('`feeds:` in the hub file is all that `plumbline up` needs: golden records are read as Atom, the latest as it is now', async () => {
  const feed = urlOf('product');
  await hub.addArticles(5);
  await hub.sql(`UPDATE erp.article SET maker = 'Böhm & <Söhne>' WHERE article_no = 'A-3'`);
  await eventually(async () => {
    const { events } = await readDocument(get, feed);
    const brands = new Map(events.map(({ content }) => [content?.key, content?.fields['brand']] as const));
    expect([...brands.keys()].sort()).toEqual(['A-1', 'A-2', 'A-3', 'A-4', 'A-5']);
    expect(events.filter(({ content }) => content?.fields['brand'] === 'Böhm & <Söhne>')).toHaveLength(1);
  }, PATIENCE);
  expect((await fetch(feed)).status).toBe(401);
});

test('a part that the command line seeds is read beside it, and follows what leaves it', async () => {
  const part = ['--to', 'feed:boehm', '--where', 'brand=Böhm & <Söhne>', '--fields', 'brand'];
  const live = async (): Promise<readonly unknown[]> =>
    [...foldEvents(await walkBack(get, urlOf('product/boehm'))).values()].map(({ content }) => content);
  expect((await get(urlOf('product/boehm'))).status).toBe(404);
  const seeded = { isLive: true, servedAt: 'feeds/product/boehm', certificate: { live: 1 } };
  expect(await seed(...part)).toMatchObject(seeded);
  expect(await live()).toMatchObject([{ key: 'A-3', fields: { brand: 'Böhm & <Söhne>' } }]);
  await hub.sql(`UPDATE erp.article SET maker = 'Cog' WHERE article_no = 'A-3'`);
  await eventually(async () => {
    expect(await seed(...part)).toMatchObject({ isResumed: true, certificate: { live: 0 } });
    expect(await live()).toEqual([null]);
  }, PATIENCE);
}, 180_000);
