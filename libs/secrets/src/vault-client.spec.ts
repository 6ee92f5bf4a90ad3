import { afterEach, describe, expect, test } from '@jest/globals';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HubError } from '#kernel';
import { VaultClient } from './vault-client.js';
import type { VaultSettings } from './vault-settings.js';

/** Stands in messages if anything of an answer or a token does. */
const CANARY = 'canary-5c1d';
const PATH = 'secret/data/erp';

const servers: Server[] = [];
const clients: VaultClient[] = [];

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
});

/** A client of a small server that answers what a real vault gives seldom; `test/real/vault*.real.spec.ts` has real ones. */
async function clientOf(
  answer: RequestListener,
  settings: Partial<VaultSettings> = {},
  base = '',
): Promise<VaultClient> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}${base}`);
  const client = new VaultClient({ url, auth: { token: CANARY }, ...settings });
  clients.push(client);
  return client;
}

const answering =
  (status: number, text: string, headers: Readonly<Record<string, string>> = {}): RequestListener =>
  (_, response) =>
    void response.writeHead(status, headers).end(text);

async function problemOf(answer: RequestListener, settings?: Partial<VaultSettings>): Promise<HubError> {
  const error = await (await clientOf(answer, settings)).read(PATH).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof HubError)) throw new Error(`no HubError: ${String(error)}`);
  expect(JSON.stringify([error.message, error.details])).not.toContain(CANARY);
  return error;
}

describe('answers that say nothing of the secret', () => {
  const errors = (text: string): string => JSON.stringify({ errors: [`${text} ${CANARY}`] });

  test.each([
    [503, errors('Vault is sealed'), 'HUB_VAULT_SEALED', 'is sealed'],
    [503, `<h1>Service Unavailable ${CANARY}</h1>`, 'HUB_VAULT_UNREACHABLE', 'answered 503'],
    [500, errors('local node not active'), 'HUB_VAULT_UNREACHABLE', 'answered 500'],
    [429, errors('quota'), 'HUB_VAULT_UNREACHABLE', 'too often'],
    [307, '', 'HUB_VAULT_UNREACHABLE', 'sends elsewhere (307): VAULT_ADDR'],
    [204, '', 'HUB_VAULT_UNREACHABLE', 'answered 204'],
    [403, errors('permission denied'), 'HUB_VAULT_REFUSED', 'does not show secret/data/erp'],
    [404, errors('none'), 'HUB_VAULT_SECRET_MISSING', 'has no secret at secret/data/erp'],
    [200, `<html>${CANARY}</html>`, 'HUB_VAULT_UNREACHABLE', 'does not speak as a vault'],
    [200, JSON.stringify({ data: CANARY }), 'HUB_VAULT_UNREACHABLE', 'does not speak as a vault'],
    [200, `{"data":{"x":"${CANARY}${'x'.repeat(1024 * 1024)}"}}`, 'HUB_VAULT_UNREACHABLE', 'larger than'],
  ])('%i %.40s is %s', async (status, text, code, told) => {
    const error = await problemOf(answering(status, text, { location: `https://${CANARY}.example.com/` }));
    expect(error.code).toBe(code);
    expect(error.message).toContain(told);
  });

  test('a connection that is cut is no answer', async () => {
    const error = await problemOf((request) => request.destroy());
    expect(error).toMatchObject({ code: 'HUB_VAULT_UNREACHABLE', disposition: 'retry' });
  });

  test('an AppRole at a sealed vault waits; it is not refused', async () => {
    const auth = { roleId: 'erp', secretId: CANARY };
    expect((await problemOf(answering(503, errors('Vault is sealed')), { auth })).code).toBe('HUB_VAULT_SEALED');
    expect((await problemOf(answering(400, errors('invalid')), { auth })).code).toBe('HUB_VAULT_REFUSED');
  });
});

describe('what is asked', () => {
  const secret = JSON.stringify({ data: { data: { password: 'sesame' }, metadata: { version: 3 } } });

  test('the path below the base of VAULT_ADDR, with token and namespace', async () => {
    const asked: IncomingMessage[] = [];
    const note: RequestListener = (request, response) => {
      asked.push(request);
      response.end(secret);
    };
    const asking = await clientOf(note, { namespace: 'shops/eu' }, '/vault/');
    expect(await asking.read('secret/data/Lager Süd')).toEqual({ password: 'sesame' });
    expect(asked.map(({ method, url }) => [method, url])).toEqual([['GET', '/vault/v1/secret/data/Lager%20S%C3%BCd']]);
    expect(asked[0]?.headers).toMatchObject({
      'x-vault-token': CANARY,
      'x-vault-namespace': 'shops/eu',
      'x-vault-request': 'true',
    });
  });

  test('an AppRole logs in once for all it reads', async () => {
    const asked: string[] = [];
    const answer: RequestListener = (request, response) => {
      asked.push(`${request.url} ${String(request.headers['x-vault-token'])}`);
      response.end(request.url === '/v1/auth/approle/login' ? '{"auth":{"client_token":"hvs.1"}}' : secret);
    };
    const asking = await clientOf(answer, { auth: { roleId: 'erp' } });
    await asking.read('secret/data/a');
    await asking.read('secret/data/b');
    expect(asked).toEqual(['/v1/auth/approle/login undefined', '/v1/secret/data/a hvs.1', '/v1/secret/data/b hvs.1']);
  });
});
