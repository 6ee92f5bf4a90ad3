import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '#testing';
import { SYSTEMS } from '../faults/stores.js';
import { readDocument } from '../integration/atom-client.js';
import { HubUnderTest, PATIENCE } from './hub-under-test.js';

let hub: HubUnderTest;
beforeAll(async () => {
  hub = await HubUnderTest.start({ processes: 'one', systems: `${SYSTEMS}\nfeeds: [product]\n` });
});
afterAll(() => hub.drop());

test('`feeds:` in the hub file is all that `plumbline up` needs: golden records are read as Atom, the latest as it is now', async () => {
  const { processes } = hub.test.hub;
  const feed = `${processes.urlOf('gateway')}/feeds/product`;
  const get = (url: string): Promise<Response> =>
    fetch(url, { headers: { authorization: `Bearer ${processes.token}` } });
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
