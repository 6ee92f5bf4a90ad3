import { afterEach, describe, expect, test } from '@jest/globals';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AddressGuard, isForbiddenAddress, type Resolve } from './address-guard.js';
import { OutboundHttp, type OutboundAnswer, type OutboundFailure } from './outbound-http.js';

const servers: Server[] = [];
const clients: OutboundHttp[] = [];

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
});

async function listen(answer: RequestListener): Promise<number> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return (server.address() as AddressInfo).port;
}

type Outcome = OutboundAnswer | OutboundFailure;
async function get(
  url: string,
  options: { allowed?: string[]; resolve?: Resolve; timeoutMs?: number },
): Promise<Outcome> {
  const guard = new AddressGuard(options.allowed ?? [], options.resolve);
  const client = new OutboundHttp(guard, { maxResponseBytes: 10_000, connectTimeoutMs: 1_000, connections: 2 });
  clients.push(client);
  return client.send({ method: 'GET', url: new URL(url), headers: {}, timeoutMs: options.timeoutMs ?? 2_000 });
}

describe('addresses', () => {
  test.each([
    ...['127.0.0.1', '10.1.2.3', '172.16.0.1', '192.168.1.1', '169.254.169.254', '0.0.0.0', '100.64.0.1', '224.0.0.1'],
    ...['255.255.255.255', '::1', '::', '::ffff:127.0.0.1', '::ffff:7f00:1', '64:ff9b::7f00:1', '2002:7f00:1::'],
    ...['fd00::1', 'fe80::1', 'fd00:ec2::254', '::127.0.0.1', 'not an address', ''],
  ])('%s is forbidden', (address) => {
    expect(isForbiddenAddress(address)).toBe(true);
  });

  test.each(['1.1.1.1', '93.184.216.34', '172.32.0.1', '2606:4700::1111', '::ffff:1.1.1.1'])('%s is not', (address) => {
    expect(isForbiddenAddress(address)).toBe(false);
  });

  test.each(['http://127.1/', 'http://2130706433/', 'http://0x7f.1/', 'http://[::1]/', 'http://[::ffff:127.0.0.1]/'])(
    'loopback written as %s is refused before anything is sent',
    async (url) => {
      expect(await get(url, {})).toMatchObject({ kind: 'forbidden', message: expect.stringContaining('allowedHosts') });
    },
  );

  test('credentials in an address, other schemes and plain http to strangers are refused', async () => {
    for (const url of ['https://me:secret@example.com/', 'ftp://example.com/', 'http://example.com/'])
      expect(await get(url, {})).toMatchObject({ kind: 'forbidden' });
  });

  test('a name that leads to loopback is refused at connect time, also when only one of its addresses does', async () => {
    const resolve: Resolve = async () => ['93.184.216.34', '127.0.0.1'];
    expect(await get('https://rebound.example/', { resolve })).toMatchObject({
      kind: 'forbidden',
      message: expect.stringContaining('127.0.0.1'),
    });
  });

  test('a name is resolved once, and the connection goes to the address that was checked', async () => {
    const port = await listen((_, response) => response.end('here'));
    let asked = 0;
    const resolve: Resolve = async () => {
      asked += 1;
      return asked === 1 ? ['127.0.0.1'] : ['192.0.2.1'];
    };
    const answer = await get(`http://shop.example:${port}/`, { allowed: [`shop.example:${port}`], resolve });
    expect(answer).toMatchObject({ kind: 'answer', text: 'here' });
    expect(asked).toBe(1);
  });

  test('a name that changed to loopback since it was last asked is refused', async () => {
    const resolve: Resolve = async () => ['169.254.169.254'];
    expect(await get('https://metadata.example/', { resolve })).toMatchObject({ kind: 'forbidden' });
  });
});

describe('answers', () => {
  const allowed = ['127.0.0.1'];

  test('a redirect is an answer, not followed', async () => {
    const port = await listen((_, response) => response.writeHead(302, { location: 'http://10.0.0.1/' }).end());
    expect(await get(`http://127.0.0.1:${port}/`, { allowed })).toMatchObject({
      status: 302,
      headers: { location: 'http://10.0.0.1/' },
    });
  });

  test('an answer above the cap is given up', async () => {
    const port = await listen((_, response) => response.end('x'.repeat(10_001)));
    expect(await get(`http://127.0.0.1:${port}/`, { allowed })).toMatchObject({ kind: 'too-large' });
  });

  test('no answer in time, an answer that drips too slowly, and one that is cut are told apart', async () => {
    const silent = await listen(() => undefined);
    const drips = await listen((_, response) => {
      response.writeHead(200);
      response.write('a');
    });
    const cut = await listen((_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => response.destroy());
    });
    const timeoutMs = 300;
    expect(await get(`http://127.0.0.1:${silent}/`, { allowed, timeoutMs })).toMatchObject({ kind: 'timeout' });
    expect(await get(`http://127.0.0.1:${drips}/`, { allowed, timeoutMs })).toMatchObject({ kind: 'timeout' });
    expect(await get(`http://127.0.0.1:${cut}/`, { allowed })).toMatchObject({ kind: 'cut' });
  });

  test('an unreachable host says why and what to do', async () => {
    const port = await listen(() => undefined);
    const [server] = servers.splice(0);
    await new Promise((done) => server?.close(done));
    expect(await get(`http://127.0.0.1:${port}/`, { allowed })).toEqual({
      kind: 'unreachable',
      message: `127.0.0.1:${port} can not be reached: nothing listens there; start the system or correct the port.`,
    });
    const unknown: Resolve = async () => {
      throw Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' });
    };
    expect(await get('https://no.example/', { resolve: unknown })).toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('its name is unknown'),
    });
  });
});
