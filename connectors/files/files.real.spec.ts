import { canonicalize, multiplyDecimals } from '#canonical';
import type { Connector, EntityMapping } from '#connector-sdk';
import { SuiteClock, testConnector, type SuiteRecord, type SystemDriver } from '#connector-sdk/testing';
import { silentLogger, type CanonicalFields, type Clock } from '#kernel';
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lineTo } from '../../test/harness/line.js';
import { systemAddress } from '../../test/harness/systems.js';
import { filesConnector } from './connector.js';

type Row = Readonly<Record<string, unknown>>;

const MAPPING: Omit<EntityMapping, 'options'> = {
  source: 'products*',
  key: ['sku'],
  fields: {
    ean: { from: 'ean' },
    name: { from: { de: 'name_de', en: 'name_en' } },
    brand: { from: 'brand' },
    weight: { from: 'grams', factor: '0.001' },
    active: { from: 'active' },
  },
};

/** The server that the stack started serves a folder of this machine, so that a test can look at it from behind. */
const address = new URL(systemAddress('SFTP_URL'));
const line = await lineTo(address, 'tcp');
const served = decodeURIComponent(address.pathname);
const login = {
  privateKey: await readFile(address.searchParams.get('key') ?? '', 'utf8'),
  hostKey: fingerprint(await readFile(address.searchParams.get('host_key') ?? '', 'utf8')),
};

function fingerprint(publicKey: string): string {
  const digest = createHash('sha256').update(Buffer.from(publicKey.split(' ')[1] ?? '', 'base64'));
  return `SHA256:${digest.digest('base64').replace(/=+$/, '')}`;
}

/** A folder of its own below the served one. */
class RemoteFolder implements SystemDriver {
  readonly held = new Map<string, CanonicalFields>();
  private drops = 0;
  private mode: 'observe' | 'write' = 'observe';

  private constructor(
    readonly path: string,
    private readonly workFolder: string,
  ) {}

  static async create(): Promise<RemoteFolder> {
    const path = await mkdtemp(join(served, 'exchange-'));
    await mkdir(join(path, 'in'));
    return new RemoteFolder(path, await mkdtemp(join(tmpdir(), 'plumbline-sftp-')));
  }

  open(mode: 'observe' | 'write', clock: Clock, change: Row = {}, port = line.url.port): Connector {
    this.mode = mode;
    const folder = `sftp://${address.username}@127.0.0.1:${port}${this.path}`;
    return filesConnector.open({
      system: 'pim',
      config: filesConnector.configSchema.parse({ folder, format: 'jsonl', timeoutMs: 5_000, ...login, ...change }),
      mappings: { product: { ...MAPPING, options: { deleted: 'gone' } } },
      clock,
      logger: silentLogger,
      mode,
      workFolder: this.workFolder,
    });
  }

  async put(records: readonly SuiteRecord[]): Promise<void> {
    await this.read();
    for (const { key, fields } of records) this.held.set(key, fields);
    await this.drop(records.map(({ key, fields }) => toRow(key, fields)));
  }

  async remove(keys: readonly string[]): Promise<void> {
    for (const key of keys) this.held.delete(key);
    await this.drop(keys.map((key) => ({ sku: key, gone: true })));
  }

  async read(): Promise<ReadonlyMap<string, CanonicalFields>> {
    const folder = join(this.path, 'out');
    const names = (await readdir(folder).catch(() => [])).filter((name) => !name.endsWith('.tmp')); // half a file
    for (const name of names.sort()) {
      for (const line of (await readFile(join(folder, name), 'utf8')).trimEnd().split('\n')) {
        const row = JSON.parse(line) as Row;
        if (row['gone'] === true) this.held.delete(String(row['sku']));
        else this.held.set(String(row['sku']), toFields(row));
      }
      await rm(join(folder, name));
    }
    return new Map(this.held);
  }

  /** Files that the hub put anywhere; in mode observe it may not even move one. */
  async countWrites(): Promise<number> {
    const entries = await readdir(this.path, { recursive: true, withFileTypes: true });
    const isOurs = ({ parentPath }: { parentPath: string }): boolean =>
      this.mode === 'observe' ? !parentPath.endsWith('/in') : parentPath.endsWith('/out');
    return entries.filter((entry) => entry.isFile() && isOurs(entry)).length;
  }

  async putUnmappable(): Promise<string> {
    return `${await this.drop([{ sku: 'bad', grams: 'heavy' }])}:1`;
  }

  async drop(rows: readonly Row[]): Promise<string> {
    this.drops += 1;
    const name = `products-${String(this.drops).padStart(4, '0')}.jsonl`;
    const path = join(this.path, name);
    await writeFile(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const at = new Date(Date.now() - 3_600_000 + this.drops * 1_000);
    await utimes(path, at, at);
    await rename(path, join(this.path, 'in', name));
    return name;
  }

  async close(): Promise<void> {
    await rm(this.path, { recursive: true });
    await rm(this.workFolder, { recursive: true });
  }
}

function toRow(key: string, fields: CanonicalFields): Row {
  const texts = (fields['name'] ?? {}) as Readonly<Record<string, string>>;
  const { ean, brand, weight, active } = fields;
  const grams = typeof weight === 'string' ? multiplyDecimals(weight, '1000') : null;
  return { sku: key, ean, brand, grams, active, name_de: texts['de'] ?? null, name_en: texts['en'] ?? null };
}

function toFields(row: Row): CanonicalFields {
  const name = canonicalize('texts', { de: row['name_de'], en: row['name_en'] });
  const value = (column: string): string | null => (row[column] as string | null | undefined) ?? null;
  return {
    ean: value('ean'),
    brand: value('brand'),
    weight: typeof row['grams'] === 'string' ? multiplyDecimals(row['grams'], '0.001') : null,
    name: name.ok ? name.value : null,
    active: value('active'),
  };
}

// A handshake per connection costs much of a busy machine's second.
jest.setTimeout(120_000);

testConnector({
  name: 'files: JSON Lines drops on an SFTP server',
  entity: 'product',
  capabilities: { changes: 'feed', precondition: 'none', deleteEvents: true, digest: false },
  line: line.faults,
  setUp: () => RemoteFolder.create(),
});

let folder: RemoteFolder;
let opened: Connector[] = [];
let proxy: CuttingProxy;
beforeAll(async () => {
  folder = await RemoteFolder.create();
  proxy = await CuttingProxy.start(Number(address.port));
});
afterEach(async () => {
  for (const connector of opened) await connector.close();
  opened = [];
  await folder.close();
  folder = await RemoteFolder.create();
});
afterAll(async () => {
  await folder.close();
  await proxy.close();
});

function open(change: Row = {}, port = address.port, mode: 'observe' | 'write' = 'write'): Connector {
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
  const connector = open({}, address.port, 'observe');
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

/** Passes bytes on until it is told to cut, or to say nothing. */
class CuttingProxy {
  cutAfterBytes = Infinity;
  isSilent = false;
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {}

  static async start(target: number): Promise<CuttingProxy> {
    const server = createServer();
    const proxy = new CuttingProxy(server);
    server.on('connection', (client) => proxy.join(client, target));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): string {
    return String((this.server.address() as AddressInfo).port);
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: Socket, target: number): void {
    this.sockets.add(client);
    client.on('error', () => client.destroy());
    if (this.isSilent) return;
    const server = connect(target, '127.0.0.1');
    this.sockets.add(server);
    const cut = (): void => {
      client.destroy();
      server.destroy();
    };
    let bytes = 0;
    server.on('data', (chunk) => {
      bytes += chunk.length;
      if (bytes > this.cutAfterBytes) cut();
      else client.write(chunk);
    });
    client.on('data', (chunk) => server.write(chunk));
    for (const socket of [client, server]) socket.on('close', cut).on('error', cut);
  }
}
