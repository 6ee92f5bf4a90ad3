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
import { HubError, type BusinessKey, type ExternalId } from '#kernel';
import { z } from 'zod';
import { DropFolder } from './drop-folder.js';
import { DropStore } from './drop-store.js';
import { planEntities, type FilesEntity } from './entity-options.js';
import { readRows, type DropFormat } from './rows.js';
import { writeDrop } from './write-drop.js';

const configSchema = z.strictObject({
  /** The exchange folder; drops are put into its folder `in`. */
  folder: z.string().min(1),
  format: z.enum(['csv', 'jsonl']),
  /** CSV only. */
  delimiter: z.string().length(1).default(','),
});

/** Configuration of one exchange folder. */
export type FilesConfig = z.infer<typeof configSchema>;

/** CSV or JSON Lines files in a folder: each is a list of changed records, or the whole list. */
export const filesConnector: ConnectorDefinition<FilesConfig> = {
  id: 'files',
  title: 'CSV or JSON Lines files in a folder',
  configSchema,
  secretFields: [],
  open: (context) => new FilesConnector(context),
};

class FilesConnector implements Connector {
  private readonly entities: ReadonlyMap<Entity, FilesEntity>;
  private readonly folder: DropFolder;
  private readonly format: DropFormat;
  private readonly stores = new Map<Entity, Promise<DropStore>>();
  /** Calls wait for each other: they share the record log and the journal. */
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly context: ConnectorContext<FilesConfig>) {
    this.entities = new Map(planEntities(context.mappings).map((entity) => [entity.entity, entity]));
    this.folder = new DropFolder(context.config.folder, context.clock);
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
    const isWrite = this.context.mode === 'write';
    const problems = await this.folder.findProblems(isWrite);
    for (const { mapping, descriptor, entity } of this.entities.values())
      problems.push(...checkMapping(mapping, descriptor).map((problem) => `${entity}: ${problem}`));
    const reachable = (await this.folder.findProblems(false)).length === 0;
    return { reachable, version: this.format.format, canWrite: await this.folder.canWrite(), problems };
  }

  /** One entity per waiting file, with the columns of its first record. */
  async discover(): Promise<readonly DiscoveredEntity[]> {
    const found: DiscoveredEntity[] = [];
    for (const file of await this.folder.findWaiting('*')) {
      for await (const row of readRows(file.path, this.format)) {
        const names = 'row' in row ? Object.keys(row.row) : [];
        const fields = names.map((name) => ({ name, type: 'text', nullable: true }));
        found.push({ name: file.name, fields, approximateCount: null });
        break;
      }
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
    const writer = { folder: this.folder, format: this.format, clock: this.context.clock };
    return this.withStore(entity, (store) => writeDrop(store, writer, writes));
  }

  async close(): Promise<void> {
    await this.last;
    for (const store of this.stores.values()) await (await store).close();
    this.stores.clear();
  }

  /** Runs one call after the other, each on the newest drops. */
  private withStore<T>(entity: Entity, work: (store: DropStore) => Promise<T>): Promise<T> {
    const result = this.last.then(async () => {
      const store = await this.storeOf(entity);
      await store.takeDrops();
      return work(store);
    });
    // The next call must not fail for what this one's caller is told.
    this.last = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
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
