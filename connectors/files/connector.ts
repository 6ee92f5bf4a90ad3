import {
  checkMapping,
  type Capabilities,
  type ChangePage,
  type CheckReport,
  type Connector,
  type ConnectorContext,
  type ConnectorDefinition,
  type DiscoveredEntity,
  type FetchResult,
  type FetchSelector,
  type KeyRange,
  type RecordWrite,
  type ScanPage,
  type WriteOutcome,
} from '#connector-sdk';
import type { Entity } from '#contracts';
import { HubError, toHubError, Turns, type BusinessKey, type ExternalId } from '#kernel';
import { z } from 'zod';
import { DropFolder } from './drop-folder.js';
import { DropStore } from './drop-store.js';
import { planEntities, type FilesEntity } from './entity-options.js';
import { findConfigProblems, openExchange } from './open-exchange.js';
import { readRows, type DropFormat } from './rows.js';
import { writeDrop } from './write-drop.js';

const configSchema = z
  .strictObject({
    /** The exchange folder; drops are put into its folder `in`. A path, or `sftp://user@host:port/path`. */
    folder: z.string().min(1),
    format: z.enum(['csv', 'jsonl', 'xml']),
    /** CSV only. */
    delimiter: z.string().length(1).default(','),
    /** SFTP only: fingerprint of the server's key, `SHA256:…` as `ssh-keygen -lf` prints it. */
    hostKey: z
      .string()
      .regex(/^SHA256:[A-Za-z0-9+/]{43}$/, 'must be SHA256: and 43 characters, as ssh-keygen -lf prints it')
      .optional(),
    /** SFTP only: one of password and privateKey (in OpenSSH's format). */
    password: z.string().min(1).optional(),
    privateKey: z.string().min(1).optional(),
    passphrase: z.string().optional(),
    /** SFTP only: longest wait for an answer, or for the next part of a file. */
    timeoutMs: z.int().min(1_000).max(600_000).default(30_000),
  })
  .superRefine((config, context) => {
    for (const [path, message] of findConfigProblems(config))
      context.addIssue({ code: 'custom', path: [path], message });
  });

/** Configuration of one exchange folder. */
export type FilesConfig = z.infer<typeof configSchema>;

/** CSV, JSON Lines or XML files in a folder: each is a list of changed records, or the whole list. */
export const filesConnector: ConnectorDefinition<FilesConfig> = {
  id: 'files',
  title: 'CSV, JSON Lines or XML files in a folder, local or on an SFTP server',
  configSchema,
  secretFields: ['password', 'privateKey', 'passphrase'],
  open: (context) => new FilesConnector(context),
};

class FilesConnector implements Connector {
  private readonly entities: ReadonlyMap<Entity, FilesEntity>;
  private readonly folder: DropFolder;
  private readonly format: DropFormat;
  private readonly stores = new Map<Entity, Promise<DropStore>>();
  /** Calls wait for each other: they share the record log and the journal. */
  private readonly turns = new Turns();

  constructor(private readonly context: ConnectorContext<FilesConfig>) {
    this.entities = new Map(planEntities(context.mappings).map((entity) => [entity.entity, entity]));
    this.folder = new DropFolder(openExchange(context), context.clock);
    this.format = context.config;
  }

  capabilities(entity: Entity): Capabilities {
    const { complete, deleted } = this.entityOf(entity).options;
    return {
      changes: 'feed',
      deleteEvents: complete || deleted !== undefined,
      precondition: 'none',
      versionOrder: 'none',
      searchByKey: true,
      digest: false,
      bulkSize: 5_000,
      landingMs: 0,
    };
  }

  async check(): Promise<CheckReport> {
    const problems: string[] = [];
    for (const { mapping, descriptor, entity } of this.entities.values())
      problems.push(...checkMapping(mapping, descriptor).map((problem) => `${entity}: ${problem}`));
    try {
      problems.unshift(...(await this.folder.findProblems(this.context.mode === 'write')));
      const reachable = await this.folder.exchange.canRead();
      return { reachable, version: this.format.format, canWrite: await this.folder.exchange.canWrite(), problems };
    } catch (error) {
      const problem = toHubError(error);
      if (problem.disposition === 'crash') throw problem;
      return { reachable: false, version: null, canWrite: false, problems: [...problems, problem.message] };
    }
  }

  /** One entity per waiting file, with the columns of its first record. */
  discover(): Promise<readonly DiscoveredEntity[]> {
    return this.turns.take(() => this.readWaiting());
  }

  private async readWaiting(): Promise<readonly DiscoveredEntity[]> {
    const found: DiscoveredEntity[] = [];
    for (const { name, path } of await this.folder.findWaiting('*')) {
      const names = await this.folder.exchange.withLocalCopy(path, (local) => readColumns(local, this.format));
      const fields = names?.map((column) => ({ name: column, type: 'text', nullable: true }));
      if (fields) found.push({ name, fields, approximateCount: null });
    }
    return found;
  }

  changes(entity: Entity, cursor: string | null, limit: number): Promise<ChangePage> {
    return this.withStore(entity, (store) => store.changes(cursor, limit));
  }

  scan(entity: Entity, range: KeyRange, after: ExternalId | null, limit: number): Promise<ScanPage> {
    return this.withStore(entity, (store) => store.scan(range, after, limit));
  }

  fetch(entity: Entity, selector: FetchSelector): Promise<FetchResult> {
    const keys = selector.by === 'key' ? selector.keys : selector.ids.map((id) => id as string as BusinessKey);
    return this.withStore(entity, (store) => store.fetch(keys));
  }

  async apply(entity: Entity, writes: readonly RecordWrite[]): Promise<readonly WriteOutcome[]> {
    if (this.context.mode === 'observe')
      throw new HubError('HUB_INVARIANT_BROKEN', `${this.context.system} is in mode observe: it is not written.`);
    const { clock, workFolder } = this.context;
    const writer = { folder: this.folder, format: this.format, clock, workFolder };
    return this.withStore(entity, (store) => writeDrop(store, writer, writes));
  }

  async close(): Promise<void> {
    await this.turns.untilIdle();
    for (const store of this.stores.values()) await (await store).close();
    this.stores.clear();
    await this.folder.exchange.close();
  }

  /** Works on the newest drops. */
  private withStore<T>(entity: Entity, work: (store: DropStore) => Promise<T>): Promise<T> {
    return this.turns.take(async () => {
      const store = await this.storeOf(entity);
      await store.takeDrops();
      return work(store);
    });
  }

  private storeOf(entity: Entity): Promise<DropStore> {
    const known = this.stores.get(entity);
    if (known) return known;
    const opened = DropStore.open(this.entityOf(entity), {
      folder: this.folder,
      workFolder: this.context.workFolder,
      format: this.format,
      mayMove: this.context.mode === 'write',
    });
    this.stores.set(entity, opened);
    opened.catch(() => this.stores.delete(entity));
    return opened;
  }

  private entityOf(entity: Entity): FilesEntity {
    const found = this.entities.get(entity);
    if (!found) throw new HubError('HUB_CONFIG_INVALID', `${this.context.system} has no mapping for ${entity}.`);
    return found;
  }
}

/** Columns of the first record of a file; null when it has none. */
async function readColumns(path: string, format: DropFormat): Promise<string[] | null> {
  for await (const row of readRows(path, format)) return 'row' in row ? Object.keys(row.row) : [];
  return null;
}
