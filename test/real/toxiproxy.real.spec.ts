import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Toxiproxy, type ToxicProxy } from '../harness/toxiproxy.js';
import { unique } from '../harness/servers.js';

const ANSWER = 'x'.repeat(20_000);
let server: Server;
let proxy: ToxicProxy;

beforeAll(async () => {
  server = createServer((_, response) => response.end(ANSWER));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

beforeEach(async () => {
  const { port } = server.address() as AddressInfo;
  proxy = await new Toxiproxy().proxy(unique('faults'), `127.0.0.1:${port}`);
});

afterEach(() => proxy.remove());

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

interface Outcome {
  /** Length of the whole answer; null where there was none. */
  readonly length: number | null;
  /** What ended the connection. */
  readonly error: string | null;
  readonly ms: number;
}

/** Asks by a connection of its own. */
async function ask(timeoutMs = 5_000): Promise<Outcome> {
  const begin = performance.now();
  const since = (): number => Math.round(performance.now() - begin);
  try {
    const response = await fetch(`http://${proxy.address}/`, {
      headers: { connection: 'close' },
      signal: AbortSignal.timeout(timeoutMs),
    });
    return { length: (await response.text()).length, error: null, ms: since() };
  } catch (error) {
    const { name, cause } = error as { readonly name: string; readonly cause?: { readonly code?: string } };
    return { length: null, error: cause?.code ?? name, ms: since() };
  }
}

const WHOLE = { length: ANSWER.length, error: null };

test('without a toxic a proxy changes nothing', async () => {
  expect(await ask()).toMatchObject(WHOLE);
});

test('latency delays an answer, until it is taken away', async () => {
  const takeAway = await proxy.add({ type: 'latency', latency: 500 });
  const slow = await ask();
  expect(slow).toMatchObject(WHOLE);
  expect(slow.ms).toBeGreaterThanOrEqual(500);
  await takeAway();
  expect(await ask()).toMatchObject(WHOLE);
});

test('bandwidth bounds the rate of an answer', async () => {
  await proxy.add({ type: 'bandwidth', rate: 20 });
  const slow = await ask();
  expect(slow).toMatchObject(WHOLE);
  expect(slow.ms).toBeGreaterThanOrEqual(800);
});

test('reset_peer resets the connection', async () => {
  await proxy.add({ type: 'reset_peer', timeout: 0 });
  expect(await ask()).toMatchObject({ length: null, error: 'ECONNRESET' });
});

test('timeout lets nothing through: the client gives up', async () => {
  await proxy.add({ type: 'timeout', timeout: 0 }, 'upstream');
  expect(await ask(700)).toMatchObject({ length: null, error: 'TimeoutError' });
});

test('timeout with a time closes the connection', async () => {
  await proxy.add({ type: 'timeout', timeout: 200 }, 'upstream');
  const cut = await ask();
  expect(cut).toMatchObject({ length: null, error: 'UND_ERR_SOCKET' });
  expect(cut.ms).toBeGreaterThanOrEqual(200);
});

test('limit_data cuts the answer off', async () => {
  await proxy.add({ type: 'limit_data', bytes: 5_000 });
  expect(await ask()).toMatchObject({ length: null, error: 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH' });
});

test('limit_data upstream cuts the request off', async () => {
  await proxy.add({ type: 'limit_data', bytes: 10 }, 'upstream');
  expect(await ask()).toMatchObject({ length: null, error: 'UND_ERR_SOCKET' });
});

test('slicer cuts the answer into packets, which arrive whole', async () => {
  await proxy.add({ type: 'slicer', average_size: 500, size_variation: 100, delay: 10_000 });
  const sliced = await ask();
  expect(sliced).toMatchObject(WHOLE);
  expect(sliced.ms).toBeGreaterThanOrEqual(200);
});

test('disabled it refuses, enabled it serves again at the same address', async () => {
  const { address } = proxy;
  await proxy.disable();
  expect(await ask()).toMatchObject({ length: null, error: 'ECONNREFUSED' });
  await proxy.enable();
  expect(proxy.address).toBe(address);
  expect(await ask()).toMatchObject(WHOLE);
});
