import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Entity, GoldenEvent } from '#contracts';
import type { BusinessKey, Instant, RecordStatus, SystemId } from '#kernel';
import { eventually } from '#testing';
import { validateXML } from 'xmllint-wasm';
import { foldEvents, readDocument, walkBack, type AtomDocument } from './atom-client.js';
import { GatewayUnderTest } from './gateway-under-test.js';

const EVENTS = 100_000;
const KEYS = 30_000;
const GRAMMAR = readFileSync(join(import.meta.dirname, 'atom/rfc4287.rng'), 'utf8');
const HOSTILE = [
  ']]><script>',
  '&amp;"\'',
  'tab\tline\r\nend',
  '\u0001\u001f\ufffe',
  '../../etc',
  '%2e%2e/ä ?#',
  '\u{1f529}',
];
const place = new GatewayUnderTest();
const latest = new Map<string, GoldenEvent>();

/** The next version of a record. */
function nextEvent(
  entity: Entity,
  key: string,
  status: RecordStatus = 'live',
  more: Record<string, string> = {},
): GoldenEvent {
  const version = (latest.get(`${entity} ${key}`)?.version ?? 0n) + 1n;
  const fields = entity === 'product' ? { brand: `${key} <&> ${version}` } : more;
  const origin = { system: 'erp' as SystemId, at: null, rule: 'owner' };
  const event: GoldenEvent = {
    ...{ entity, key: key as BusinessKey, version, sequence: version, status, policyVersion: 1, merged: [] },
    ...{ changedAt: '2026-11-23T04:05:06.123456Z' as Instant, fields },
    origins: Object.fromEntries(Object.keys(fields).map((name) => [name, origin])),
  };
  latest.set(`${entity} ${key}`, event);
  return event;
}

/** Asks as a cache does; without the second header `fetch` would ask for a copy whatever the first one says. */
const ifChanged = (etag: string | null): Record<string, string> => ({
  ...{ 'if-none-match': etag ?? '', 'cache-control': 'max-age=0' },
});
const get = (url: string): Promise<Response> => place.get(url);
const current = (entity: Entity): Promise<AtomDocument> => readDocument(get, place.urlOf(`feeds/${entity}`));
/** Waits until the feed has everything up to the ends of its topic. */
const untilRead = (entity: Entity, messages: number): Promise<void> =>
  eventually(
    async () => {
      const { positions } = await current(entity);
      expect(positions.reduce((sum, position) => sum + Number(position['next-offset']), 0)).toBe(messages);
    },
    { timeoutMs: 240_000, intervalMs: 500 },
  );
/** What is wrong with documents, by the grammar of RFC 4287. */
const faults = async (documents: readonly AtomDocument[]): Promise<readonly string[]> => {
  const xml = documents.map(({ text }, index) => ({ fileName: `${index}.xml`, contents: text }));
  const { errors } = await validateXML({ xml, schema: GRAMMAR, extension: 'relaxng', maxMemoryPages: 4_096 });
  return errors.map(({ message }) => message);
};

beforeAll(async () => {
  await place.open();
  const events = Array.from({ length: EVENTS - HOSTILE.length }, (_, index) =>
    nextEvent('product', `P-${index % KEYS}`, index % 101 === 100 ? 'deleted' : 'live'),
  );
  await place.publish([...events, ...HOSTILE.map((key) => nextEvent('product', key))]);
  await place.start();
  await untilRead('product', EVENTS);
}, 300_000);
afterAll(async () => {
  await place.close();
  expect(place.fatal).toEqual([]);
}, 60_000);

describe('an Atom client', () => {
  test('walks 100,000 entries back through the archives, and ends with the state of the topic', async () => {
    const documents = await walkBack(get, place.urlOf('feeds/product'));
    expect(documents.filter(({ isArchive }) => isArchive)).toHaveLength(100);
    expect(documents.reduce((sum, { events }) => sum + events.length, 0)).toBe(EVENTS);
    const state = foldEvents(documents);
    expect(state.size).toBe(KEYS + HOSTILE.length);
    const live = [...state.values()].flatMap(({ content }) => (content ? [content] : []));
    const shown = live.map(({ key, fields }) => `${key} ${String(fields['brand'])}`).sort();
    const wanted = [...latest.values()].filter(({ status }) => status === 'live');
    expect(shown).toEqual(wanted.map(({ key, version }) => `${key} ${key} <&> ${version}`).sort());
    expect(await faults([...documents.slice(0, 2), ...documents.slice(-2)])).toEqual([]);
  }, 120_000);

  test('keeps archives for ever: their bytes stay, the links lead on, the subscription document is asked for again', async () => {
    const first = await place.get('feeds/product/archive/1');
    expect(first.headers.get('cache-control')).toBe('private, max-age=31536000, immutable');
    const same = await place.get('feeds/product/archive/1', ifChanged(first.headers.get('etag')));
    expect(same.status).toBe(304);
    const latestArchive = await readDocument(get, place.urlOf('feeds/product/archive/100'));
    const beyond = await place.get('feeds/product/archive/101');
    expect([
      beyond.status,
      new URL(beyond.headers.get('location') ?? '', place.urlOf('feeds/product/archive/101')).href,
    ]).toEqual([307, latestArchive.links.get('current')]);
    const before = await place.get('feeds/product');
    expect(before.headers.get('cache-control')).toBe('private, no-cache');

    await place.stop(); // what it missed comes when it is back, once
    await place.publish(Array.from({ length: 1_100 }, (_, index) => nextEvent('product', `P-${index}`)));
    await place.start();
    await untilRead('product', EVENTS + 1_100);
    const again = await readDocument(get, place.urlOf('feeds/product/archive/100'));
    expect(again.text).toBe(latestArchive.text);
    expect((await readDocument(get, again.links.get('next-archive') ?? '')).isArchive).toBe(true);
    expect((await current('product')).events).toHaveLength(100);
    const changed = await place.get('feeds/product', ifChanged(before.headers.get('etag')));
    expect(changed.status).toBe(200);
  }, 120_000);
});

describe('a feed with personal fields', () => {
  test('shows them to who may see them and masks them for others; deleted records are told without any', async () => {
    const person = { name: 'Änne Müller', city: 'Bonn', country: 'DE' };
    await place.publish([nextEvent('customer', 'K-1', 'live', person), nextEvent('customer', 'K-2', 'live', person)]);
    await place.publish([nextEvent('customer', 'K-2', 'deleted')]);
    await untilRead('customer', 3);
    const whole = foldEvents([await current('customer')]);
    expect([...whole.values()].map(({ content }) => content?.fields['name'] ?? null)).toEqual(
      expect.arrayContaining(['Änne Müller', null]),
    );
    const partner = { authorization: `Bearer ${await place.partnerKey()}` };
    const answer = await place.get('feeds/customer', partner);
    const text = await answer.text();
    expect([answer.status, answer.headers.get('vary')]).toEqual([200, expect.stringContaining('Authorization')]);
    expect(text).not.toContain('Müller');
    expect(text).not.toContain('Bonn');
    expect(text).toContain('[personal]');
    expect(await faults([await current('customer')])).toEqual([]);
  }, 60_000);

  test('describes itself as it answers', async () => {
    const { paths } = (await (await place.get('openapi.json')).json()) as { readonly paths: object };
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining([
        ...['/feeds', '/feeds/{entity}', '/feeds/{entity}/archive/{number}'],
        ...['/feeds/{entity}/{name}', '/feeds/{entity}/{name}/archive/{number}'],
      ]),
    );
  });

  test('opens to nobody without a right, and names what is not there', async () => {
    expect((await place.get('feeds/customer', { authorization: 'Bearer wrong' })).status).toBe(401);
    const paths = [
      ...['feeds/price', 'feeds/%3Cscript%3E', 'feeds/product/archive/0', 'feeds/product/archive/900'],
      ...['feeds/product/acme', 'feeds/product/archive', 'feeds/product/ACME', 'feeds/product/acme/archive/1'],
      ...['feeds/constructor/acme', 'feeds/customer/..%2Fproduct'],
    ];
    for (const path of paths) {
      const answer = await place.get(path);
      expect([path, answer.status, ((await answer.json()) as { code: string }).code]).toEqual([
        path,
        404,
        'HUB_NOT_FOUND',
      ]);
    }
  });
});
