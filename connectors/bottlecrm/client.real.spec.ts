import { silentLogger, type Clock } from '#kernel';
import { afterEach, expect, test } from '@jest/globals';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CrmClient } from './client.js';

const TOKEN = 'bcrm_pat_0123456789abcdef';
const REQUEST = { method: 'GET', path: '/api/accounts/' } as const;
let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A clock whose sleep is at once, and told. */
class SleepyClock implements Clock {
  readonly slept: number[] = [];
  private currentMs = 1_000_000;

  nowMs(): number {
    return this.currentMs;
  }

  async sleep(ms: number): Promise<void> {
    this.slept.push(ms);
    this.currentMs += ms;
  }
}

type Handler = (response: ServerResponse, n: number, request: IncomingMessage) => void;

/** A server that BottleCRM's own can't be made to be: limiting, endless, silent, moved. */
async function aClient(handle: Handler): Promise<{
  readonly client: CrmClient;
  readonly clock: SleepyClock;
  readonly requests: () => number;
}> {
  let n = 0;
  const made = createServer((request, response) => {
    n += 1;
    handle(response, n, request);
  });
  server = made;
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  const { port } = made.address() as AddressInfo;
  const address = { url: `http://127.0.0.1:${port}`, token: TOKEN, timeoutMs: 1_000, maxAnswerBytes: 10_000 };
  const clock = new SleepyClock();
  const client = new CrmClient({ address, clock, logger: silentLogger, isReadOnly: true });
  return { client, clock, requests: () => n };
}

test('a rate limit is obeyed: nothing is asked before the time it names', async () => {
  const { client, clock, requests } = await aClient((response, n) =>
    n <= 2 ? response.writeHead(429, { 'retry-after': '3' }).end() : response.end('{}'),
  );
  expect(await client.send(REQUEST)).toEqual({ status: 200, body: {} });
  expect(clock.slept).toEqual([3_000, 3_000]);
  expect(requests()).toBe(3);
});

test('a long silence ends the call, and nothing is sent until it is over', async () => {
  const { client, clock, requests } = await aClient((response, n) =>
    n === 1 ? response.writeHead(429, { 'retry-after': '600' }).end() : response.end('{}'),
  );
  const limited = { code: 'HUB_SOURCE_ERROR', disposition: 'retry', details: { sent: false } };
  await expect(client.send(REQUEST)).rejects.toMatchObject(limited);
  await expect(client.send(REQUEST)).rejects.toMatchObject(limited);
  expect(requests()).toBe(1);
  await clock.sleep(600_000);
  expect((await client.send(REQUEST)).status).toBe(200);
});

test.each<[string, Handler, string]>([
  ['a server error', (response) => response.writeHead(503).end('busy'), 'HUB_SOURCE_ERROR'],
  ['an endless answer', (response) => response.end('x'.repeat(20_000)), 'HUB_CONFIG_INVALID'],
  ['silence', () => {}, 'HUB_SOURCE_TIMEOUT'],
  ['a cut connection', (response) => response.destroy(), 'HUB_SOURCE_UNREACHABLE'],
  [
    'half an answer',
    (response) => response.writeHead(200, { 'content-length': '9' }).write('{"a"', () => response.destroy()),
    'HUB_SOURCE_UNREACHABLE',
  ],
  ['a web page', (response) => response.end('<html>'), 'HUB_SOURCE_SCHEMA'],
  ['a redirect', (response) => response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(), 'HUB_SOURCE_SCHEMA'],
  [
    'a refusal that repeats the token',
    (response) => response.writeHead(401).end(`{"detail":"bad ${TOKEN}"}`),
    'HUB_SOURCE_UNAUTHORISED',
  ],
])('%s is classified, in a sentence without the token', async (_, handle, code) => {
  const { client } = await aClient(handle);
  const error = (await client.send(REQUEST).catch((cause: unknown) => cause)) as Error;
  expect(error).toMatchObject({ code });
  expect(JSON.stringify([error.message, error])).not.toContain(TOKEN);
});

test('in mode observe no write leaves', async () => {
  const { client, requests } = await aClient((response) => response.end('{}'));
  await expect(client.send({ method: 'DELETE', path: '/api/accounts/x/' })).rejects.toMatchObject({ name: 'HubError' });
  expect(requests()).toBe(0);
});
