import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Connector, EntityMapping } from '#connector-sdk';
import { silentLogger, systemClock } from '#kernel';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { vendureConnector } from '../../connectors/vendure/connector.js';
import { vendureUrl, VendureShop } from '../harness/vendure-shop.js';

jest.setTimeout(120_000);

/** What the server in front of Vendure does to an answer; null passes it on. */
type Fault = (answer: string, n: number) => { status: number; headers?: Record<string, string>; body: string } | null;

const MAPPING: EntityMapping = {
  source: 'productVariants',
  key: ['sku'],
  fields: { active: { from: 'enabled' } },
  options: {},
};
let shop: VendureShop;
let server: Server;
let fault: Fault = () => null;
let requests = 0;

beforeAll(async () => {
  shop = await VendureShop.create();
  await shop.put(['A', 'B', 'C'].map((key) => ({ key, fields: {} })));
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => void pass(Buffer.concat(chunks), request.headers, response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  server.close();
  server.closeAllConnections();
  await shop.close();
});

async function pass(
  body: Buffer,
  headers: NodeJS.Dict<string | string[]>,
  response: import('node:http').ServerResponse,
): Promise<void> {
  const kept = ['content-type', 'authorization', 'vendure-token'].flatMap((name) =>
    typeof headers[name] === 'string' ? [[name, headers[name]] as const] : [],
  );
  const options = { method: 'POST', headers: Object.fromEntries(kept), body: new Uint8Array(body) };
  const answer = await fetch(`${vendureUrl().origin}/admin-api`, options);
  const token = answer.headers.get('vendure-auth-token');
  const text = await answer.text();
  const changed = fault(text, (requests += 1)) ?? { status: answer.status, body: text };
  response.writeHead(changed.status, { ...(token ? { 'vendure-auth-token': token } : {}), ...changed.headers });
  response.end(changed.body);
}

function openBehind(behaviour: Fault, config: Record<string, unknown> = {}): Connector {
  [fault, requests] = [behaviour, 0];
  const { username, password } = vendureUrl();
  const { port } = server.address() as AddressInfo;
  return vendureConnector.open({
    system: 'shop',
    config: vendureConnector.configSchema.parse({
      ...{ url: `http://${username}:${password}@127.0.0.1:${port}`, channelToken: shop.channelToken, ...config },
    }),
    mappings: { product: MAPPING },
    clock: systemClock,
    logger: silentLogger,
    mode: 'observe',
    workFolder: '',
  });
}

const scan = (connector: Connector): ReturnType<Connector['scan']> =>
  connector.scan('product', { from: null, to: null }, null, 100);

test('an item that does not fit its schema is rejected with the reason, and the others are read', async () => {
  const { records, rejected } = await scan(
    openBehind((answer) => ({ status: 200, body: answer.replace('"sku":"B"', '"sku":7') })),
  );
  expect(records.map(({ key }) => key)).toEqual(['A', 'C']);
  expect(rejected).toMatchObject([{ reason: expect.stringMatching(/^Vendure's answer does not fit: sku: /) }]);
});

test('a rate limit is obeyed, and the request is sent again', async () => {
  const turnAway: Fault = (_, n) =>
    n === 2 ? { status: 429, headers: { 'retry-after': '2' }, body: 'slow down' } : null;
  const startedAtMs = Date.now();
  expect((await scan(openBehind(turnAway))).records).toHaveLength(3);
  expect(Date.now() - startedAtMs).toBeGreaterThanOrEqual(2_000);
});

test('a rate limit that asks for more than the time-out is left to the runtime, without another request', async () => {
  const connector = openBehind(() => ({ status: 429, headers: { 'retry-after': '3600' }, body: '' }));
  for (let n = 0; n < 3; n += 1)
    await expect(scan(connector)).rejects.toMatchObject({ code: 'HUB_SOURCE_ERROR', disposition: 'retry' });
  expect(requests).toBe(1);
});

test('a session that the server forgot is opened again', async () => {
  const connector = openBehind(() => null);
  expect((await scan(connector)).records).toHaveLength(3);
  await new Promise((resolve) => setTimeout(resolve, 5_500)); // a younger session is believed to lack rights
  await shop.channel.call('mutation { logout { success } }'); // ends every session of this administrator
  await shop.channel.logIn();
  expect((await scan(connector)).records).toHaveLength(3);
});

test.each([
  ['an error of the server', { status: 500, body: 'oops' }, 'HUB_SOURCE_ERROR'],
  ['a page of a proxy', { status: 502, body: '<html>' }, 'HUB_SOURCE_UNREACHABLE'],
  ['no right to pass', { status: 403, body: '' }, 'HUB_SOURCE_UNAUTHORISED'],
  ['another version', { status: 200, body: '{"data":{"login":{"__typename":7}}}' }, 'HUB_SOURCE_SCHEMA'],
  ['an answer that is too large', { status: 200, body: 'x'.repeat(200_000) }, 'HUB_SOURCE_ERROR'],
])('%s is classified', async (_, answer, code) => {
  await expect(scan(openBehind(() => answer, { maxAnswerBytes: 100_000 }))).rejects.toMatchObject({
    name: 'HubError',
    code,
  });
});
