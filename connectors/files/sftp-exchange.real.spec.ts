import type { Connector } from '#connector-sdk';
import { SuiteClock } from '#connector-sdk/testing';
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CuttingProxy } from '../../test/harness/cutting-proxy.js';
import { login, RemoteFolder, sftpAddress } from '../../test/harness/remote-folder.js';
import { filesConnector } from './connector.js';

type Row = Readonly<Record<string, unknown>>;

// A handshake per connection costs much of a busy machine's second.
jest.setTimeout(120_000);

let folder: RemoteFolder;
let opened: Connector[] = [];
let proxy: CuttingProxy;
beforeAll(async () => {
  folder = await RemoteFolder.create(sftpAddress.port);
  proxy = await CuttingProxy.start(Number(sftpAddress.port));
});
afterEach(async () => {
  for (const connector of opened) await connector.close();
  opened = [];
  await folder.close();
  folder = await RemoteFolder.create(sftpAddress.port);
});
afterAll(async () => {
  await folder.close();
  await proxy.close();
});

function open(change: Row = {}, port = sftpAddress.port, mode: 'observe' | 'write' = 'write'): Connector {
  const connector = folder.open(mode, clock, change, port);
  opened.push(connector);
  return connector;
}
const clock = new SuiteClock();
const news = (connector: Connector, cursor: string | null = null) => connector.changes('product', cursor, 100);

test('a server with another host key is refused before anything secret is sent', async () => {
  const connector = open({ hostKey: `SHA256:${'A'.repeat(43)}` });
  const refused = { code: 'HUB_SOURCE_UNAUTHORISED', message: expect.stringContaining(login.hostKey) };
  await expect(news(connector)).rejects.toMatchObject(refused);
  expect(await connector.check()).toMatchObject({
    reachable: false,
    problems: [expect.stringContaining(login.hostKey)],
  });
});

test('a wrong key or password is no outage', async () => {
  const wrong = open({ privateKey: undefined, password: 'wrong' });
  await expect(news(wrong)).rejects.toMatchObject({ code: 'HUB_SOURCE_UNAUTHORISED' });
});

test('nobody there is an outage, and so is a server that does not answer', async () => {
  await expect(news(open({}, '1'))).rejects.toMatchObject({ code: 'HUB_SOURCE_UNREACHABLE' });
  proxy.isSilent = true;
  await expect(news(open({}, proxy.port))).rejects.toMatchObject({ disposition: 'retry' });
  proxy.isSilent = false;
});

test('a cut connection is opened again, and the file that was being read is read', async () => {
  await folder.drop([{ sku: 'A', brand: 'x'.repeat(3_000_000) }]);
  const connector = open({}, proxy.port);
  await connector.check();
  proxy.cutAfterBytes = 500_000;
  await expect(news(connector)).rejects.toMatchObject({ disposition: 'retry' });
  expect(await readdir(join(folder.path, 'work'))).toEqual(['1-products-0001.jsonl']);
  proxy.cutAfterBytes = Infinity;
  const page = await news(connector);
  expect(page.records.map(({ key }) => key)).toEqual(['A']);
  await news(connector, page.cursor);
  expect(await readdir(join(folder.path, 'archive'))).toEqual(['products-0001.jsonl']);
});

test('an upload under way waits, whatever clock the server has; a rename into the folder does not', async () => {
  const connector = open();
  const path = join(folder.path, 'in', 'products-slow.jsonl');
  const half = new Date(Date.now() - 30_000);
  await writeFile(path, '{"sku":"A"}\n');
  await utimes(path, half, half);
  await writeFile(join(folder.path, 'in', 'products-9.jsonl.part'), '{"sku":"P"}\n');
  expect((await news(connector)).records).toEqual([]);
  await writeFile(path, '{"sku":"A"}\n{"sku":"B"}\n');
  clock.advance(10_000);
  await utimes(path, half, half);
  expect((await news(connector)).records).toEqual([]);
  clock.advance(3_000);
  expect((await news(connector)).records.map(({ key }) => key)).toEqual(['A', 'B']);
});

test('rejects are on the server with their lines, an archived name is never overwritten, and nothing stays behind', async () => {
  await mkdir(join(folder.path, 'archive'));
  await writeFile(join(folder.path, 'archive', 'products-0001.jsonl'), 'old');
  await folder.drop([{ sku: 'A' }, { sku: 'B', grams: 'heavy' }]);
  const connector = open();
  const { cursor } = await news(connector);
  await news(connector, cursor);
  const rejects = await readFile(join(folder.path, 'rejects', 'products-0001.jsonl.rejects.jsonl'), 'utf8');
  expect(JSON.parse(rejects)).toMatchObject({ externalId: 'products-0001.jsonl:2' });
  expect(await readFile(join(folder.path, 'archive', 'products-0001.jsonl'), 'utf8')).toBe('old');
  expect((await readdir(join(folder.path, 'archive'))).sort()).toEqual([
    '2-products-0001.jsonl',
    'products-0001.jsonl',
  ]);
  expect((await readdir(folder.path)).sort()).toEqual(['archive', 'in', 'rejects', 'work']);
});

test('mode observe leaves every file where it is', async () => {
  await folder.drop([{ sku: 'A' }, { sku: 'B', grams: 'heavy' }]);
  const connector = open({}, sftpAddress.port, 'observe');
  const page = await news(connector);
  expect([page.records.length, page.rejected.length]).toEqual([1, 1]);
  expect((await news(connector, page.cursor)).records).toEqual([]);
  expect(await readdir(folder.path)).toEqual(['in']);
  expect((await stat(join(folder.path, 'in', 'products-0001.jsonl'))).isFile()).toBe(true);
});

test('the configuration names what an SFTP folder needs', () => {
  const parse = (change: Row) =>
    filesConnector.configSchema.safeParse({ folder: 'sftp://u@h/p', format: 'csv', ...change });
  expect(parse({ ...login }).success).toBe(true);
  const problems = (change: Row): string[] => parse(change).error?.issues.map(({ path }) => path.join('.')) ?? [];
  expect(problems({})).toEqual(['hostKey', 'privateKey']);
  expect(problems({ ...login, password: 'x' })).toEqual(['privateKey']);
  expect(problems({ ...login, folder: 'sftp://u:secret@h/p' })).toEqual(['folder']);
  expect(problems({ ...login, folder: '/local' })).toEqual(['hostKey', 'privateKey']);
});
