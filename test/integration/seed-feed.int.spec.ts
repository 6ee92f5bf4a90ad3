import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { serverAddresses } from '../harness/servers.js';
import { foldEvents, walkBack, type AtomDocument } from './atom-client.js';
import { GatewayUnderTest } from './gateway-under-test.js';
import { SeedUnderTest } from './seed-under-test.js';

const RECORDS = 2_600;
const SEED = ['product', '--to', 'feed:acme', '--where', 'brand=Acme', '--fields', 'brand,weight'];
let place: SeedUnderTest;
let gateway: GatewayUnderTest;

const keyOf = (number: number): string => `P-${number} ü`;
const keys = Array.from({ length: RECORDS }, (_, number) => keyOf(number));
/** Every even one is Acme's. */
const acmes = new Set(keys.filter((_, number) => number % 2 === 0));
const get = (url: string): Promise<Response> => gateway.get(url);
const walk = (): Promise<readonly AtomDocument[]> => walkBack(get, gateway.urlOf('feeds/product/acme'));
/** What a reader of the feed ends with. */
const readLive = async (): Promise<readonly string[]> => {
  const events = [...foldEvents(await walk()).values()];
  return events.flatMap(({ content }) => (content ? [content.key] : [])).sort();
};

/** The gateway follows nothing: what it serves was made by seeds. */
beforeAll(async () => {
  place = await SeedUnderTest.open();
  gateway = new GatewayUnderTest(place.prefix, []);
  await gateway.open();
  await gateway.start();
  await place.publish(keys.map((key) => place.nextEvent(key, acmes.has(key) ? 'Acme' : 'Bolt')));
}, 120_000);
afterAll(async () => {
  await gateway.close();
  const hub = new pg.Client({ connectionString: serverAddresses().databaseUrl });
  await hub.connect();
  await hub.query(`DROP SCHEMA IF EXISTS "${place.schema}" CASCADE`);
  await hub.end();
  await place.close();
  expect(gateway.fatal).toEqual([]);
}, 60_000);

test('a plan makes nothing, nor does who asks for the feed', async () => {
  expect(await place.run(...SEED, '--plan')).toMatchObject({ code: 0, result: { target: 'feed product/acme' } });
  expect((await gateway.get('feeds/product/acme')).status).toBe(404);
  expect(await (await gateway.get('feeds')).json()).toEqual({ feeds: [] });
});

test('a part is seeded, certified, and read through its archives: what the filter wants, and no other key', async () => {
  const seeded = await place.run(...SEED, '--yes');
  expect(seeded).toMatchObject({
    code: 0,
    result: {
      ...{ target: 'feed product/acme', servedAt: 'feeds/product/acme', records: acmes.size },
      certificate: { records: RECORDS, live: acmes.size, undecided: 0 },
    },
  });
  expect(await (await gateway.get('feeds')).json()).toEqual({
    feeds: [{ entity: 'product', name: 'acme', href: 'feeds/product/acme' }],
  });
  const documents = await walk();
  expect(documents.map(({ isArchive, events }) => [isArchive, events.length])).toEqual([
    [true, 1_000],
    [false, acmes.size - 1_000],
  ]);
  expect(await readLive()).toEqual([...acmes].sort());
  const [entry] = documents[0]?.events ?? [];
  expect(entry?.content?.fields).toEqual({ brand: 'Acme', weight: '1.25' });
  expect(documents.map(({ text }) => text).join('')).not.toContain('P-1 ü');
  const next = await gateway.get('feeds/product/acme/archive/2');
  const target = new URL(next.headers.get('location') ?? '', gateway.urlOf('feeds/product/acme/archive/2')).href;
  expect([next.status, target]).toEqual([307, gateway.urlOf('feeds/product/acme')]);
});

test('what leaves the filter is deleted by the next run, what comes to it appears, and archives stay as they are', async () => {
  const [before] = await walk();
  const [left, come, deleted] = [keyOf(10), keyOf(11), keyOf(12)];
  const changes = [place.nextEvent(left, 'Bolt'), place.nextEvent(come, 'Acme'), place.nextEvent(keyOf(13), 'Cog')];
  await place.publish([...changes, place.nextEvent(deleted, 'Acme', 'deleted')]);
  acmes.add(come);
  for (const key of [left, deleted]) acmes.delete(key);
  const again = await place.run(...SEED, '--yes');
  expect(again).toMatchObject({ code: 0, result: { isResumed: true, messages: 4, records: acmes.size } });
  const documents = await walk();
  expect(documents[0]?.text).toBe(before?.text);
  expect(await readLive()).toEqual([...acmes].sort());
  const gone = [...foldEvents(documents).values()].filter(({ content }) => content === null);
  expect(gone.map(({ status }) => status)).toEqual(['deleted', 'deleted']);
  const certificate = again.result['certificate'] as { readonly id: string };
  const held = await place.run('certificate', certificate.id, '--to', 'feed:acme');
  expect(held).toMatchObject({ code: 0, result: { isSigned: true, isCompared: true, problems: [] } });
  expect(await place.run('check', ...SEED)).toMatchObject({ code: 0, result: { isEqual: true } });
  expect(await place.run('certify', ...SEED)).toMatchObject({ code: 0, result: { certificate: { live: acmes.size } } });
});

test('another shape is refused under the same name, and has its own feed under another', async () => {
  const refused = { code: 'HUB_SEED_TARGET_INVALID' };
  const other = ['--where', 'brand=Bolt', '--yes'];
  await expect(place.run('product', '--to', 'feed:acme', ...other)).rejects.toMatchObject(refused);
  await expect(place.run('product', '--to', 'feed:acme', '--yes')).rejects.toMatchObject(refused);
  expect(await place.run('product', '--to', 'feed:bolt', ...other)).toMatchObject({ code: 0 });
  expect(await readLive()).toEqual([...acmes].sort());
  const { feeds } = (await (await gateway.get('feeds')).json()) as { feeds: readonly { name: string }[] };
  expect(feeds.map(({ name }) => name)).toEqual(['acme', 'bolt']);
});

test.each([
  ['a value of an entry', `fields = jsonb_set(fields, '{weight}', '"9.25"')`],
  ['the status of an entry', `status = 'deleted', fields = '{}'`],
])('%s that was tampered with is found', async (_what, change) => {
  const hub = new pg.Client({ connectionString: serverAddresses().databaseUrl });
  await hub.connect();
  const entries = `"${place.schema.replace(/replay$/, 'gateway')}".feed_entry`;
  const where = `WHERE feed = 'product/acme' AND key = $1`;
  const { rows } = await hub.query<{ fields: object }>(`SELECT fields FROM ${entries} ${where}`, [keyOf(2)]);
  await hub.query(`UPDATE ${entries} SET ${change} ${where}`, [keyOf(2)]);
  expect(await place.run('check', ...SEED)).toMatchObject({
    code: 1,
    result: { counts: { different: 1 }, keys: [{ key: keyOf(2), difference: 'different' }] },
  });
  await hub.query(`UPDATE ${entries} SET status = 'live', fields = $2 ${where}`, [keyOf(2), rows[0]?.fields]);
  await hub.end();
  expect(await place.run('check', ...SEED)).toMatchObject({ code: 0, result: { isEqual: true } });
});
