import type { Connector } from '#connector-sdk';
import type { SuiteRecord, SystemDriver } from '#connector-sdk/testing';
import { silentLogger, type CanonicalFields, type Clock } from '#kernel';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filesConnector } from '../../connectors/files/connector.js';
import { MAPPING, toFields, toRow, type Row } from './exchange-rows.js';
import { systemAddress } from './systems.js';

type Settings = Readonly<Record<string, unknown>>;

/** The server that the stack started serves a folder of this machine, so that a test can look at it from behind. */
export const sftpAddress = new URL(systemAddress('SFTP_URL'));
const served = decodeURIComponent(sftpAddress.pathname);
/** Its key, and the hub's. */
export const login = {
  privateKey: await readFile(sftpAddress.searchParams.get('key') ?? '', 'utf8'),
  hostKey: fingerprint(await readFile(sftpAddress.searchParams.get('host_key') ?? '', 'utf8')),
};

/** A folder of its own below the served one. */
export class RemoteFolder implements SystemDriver {
  readonly held = new Map<string, CanonicalFields>();
  private drops = 0;
  private mode: 'observe' | 'write' = 'observe';

  private constructor(
    readonly path: string,
    private readonly workFolder: string,
    private readonly port: string,
  ) {}

  /** @param port of the way to the server */
  static async create(port: string): Promise<RemoteFolder> {
    const path = await mkdtemp(join(served, 'exchange-'));
    await mkdir(join(path, 'in'));
    return new RemoteFolder(path, await mkdtemp(join(tmpdir(), 'plumbline-sftp-')), port);
  }

  open(mode: 'observe' | 'write', clock: Clock, change: Settings = {}, port = this.port): Connector {
    this.mode = mode;
    const folder = `sftp://${sftpAddress.username}@127.0.0.1:${port}${this.path}`;
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

function fingerprint(publicKey: string): string {
  const digest = createHash('sha256').update(Buffer.from(publicKey.split(' ')[1] ?? '', 'base64'));
  return `SHA256:${digest.digest('base64').replace(/=+$/, '')}`;
}
