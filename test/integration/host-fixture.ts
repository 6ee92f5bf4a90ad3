import type { ObservedRecord } from '#connector-sdk';
import { HOST_DEFAULTS, RestoredSystem, type EntityContext, type HostContext } from '#connector-host/testing';
import { topicNames } from '#contracts';
import {
  noMetrics,
  silentLogger,
  systemClock,
  type BusinessKey,
  type CanonicalFields,
  type ExternalId,
  type SystemId,
} from '#kernel';
import { emptyRow, type LeaseOwner, type MirrorRow, type RowChange } from '#mirror';
import {
  AddEndedWrites,
  AddLastWrite,
  AddRangeDigests,
  AddRestored,
  AddScans,
  CreateMirrorTables,
  CreateOutboxTables,
  Database,
  PostgresMirrorDigests,
  PostgresMirrorFacts,
  PostgresMirrorReports,
  PostgresMirrorStore,
  PostgresRestoredStore,
  PostgresRoundMirror,
  PostgresScanStore,
} from '#store-postgres';
import { serverAddresses, unique } from '../harness/servers.js';

export const ENTITY = 'product' as const;
export const [ME, OTHER] = ['me', 'other'] as unknown as readonly [LeaseOwner, LeaseOwner];
/** External ids, or keys. */
export const ids = (...texts: string[]): ExternalId[] => texts as unknown as ExternalId[];
export const keys = (...texts: string[]): BusinessKey[] => texts as unknown as BusinessKey[];

/** A connector's database of one test file. */
export class MirrorFixture {
  readonly store: PostgresMirrorStore;
  readonly reports: PostgresMirrorReports;
  readonly rounds: PostgresRoundMirror;
  readonly digests: PostgresMirrorDigests;
  readonly scans: PostgresScanStore;
  readonly facts: PostgresMirrorFacts;

  private constructor(
    readonly database: Database,
    private readonly schema: string,
  ) {
    this.store = new PostgresMirrorStore(database, 'test 1');
    this.reports = new PostgresMirrorReports(database);
    this.rounds = new PostgresRoundMirror(database);
    this.digests = new PostgresMirrorDigests(database);
    this.scans = new PostgresScanStore(database);
    this.facts = new PostgresMirrorFacts(database);
  }

  static async create(): Promise<MirrorFixture> {
    const schema = unique('host');
    const options = { url: serverAddresses().databaseUrl, schema, applicationName: 'host-test', poolSize: 6 };
    const database = await Database.connect(options, [
      CreateOutboxTables,
      CreateMirrorTables,
      AddRestored,
      AddRangeDigests,
      AddLastWrite,
      AddScans,
      AddEndedWrites,
    ]);
    await database.migrate();
    return new MirrorFixture(database, schema);
  }

  async clear(): Promise<void> {
    await this.database.query(
      'TRUNCATE mirror, stream, set_aside, round_difference, outbox, applied_offset, scan, scan_seen, scan_candidate',
    );
  }

  async drop(): Promise<void> {
    await this.database.query(`DROP SCHEMA "${this.schema}" CASCADE`);
    await this.database.close();
  }

  /** Stores rows as a poller would. */
  async insert(...rows: MirrorRow[]): Promise<void> {
    await this.store.transaction(async (tx) => {
      await tx.lockRows(ENTITY, { keys: rows.map(({ key }) => key) }, null, ME);
      await tx.save(rows.map((row) => change(row)));
    });
  }

  async rowsOf(key: string): Promise<MirrorRow[]> {
    return this.reports.findRows(ENTITY, key as BusinessKey);
  }

  /** Readings of a host of system `erp` whose events are not encoded. */
  context(): HostContext {
    const nothing = (): void => undefined;
    return {
      system: 'erp' as SystemId,
      connector: null as unknown as HostContext['connector'],
      isOpenToWrite: () => true,
      entities: new Map(),
      store: this.store,
      digests: this.digests,
      facts: this.facts,
      topics: topicNames(''),
      encode: ({ externalId, sequence }) => Buffer.from(`${externalId}/${sequence}`),
      clock: systemClock,
      random: () => 0.5,
      newId: () => unique('id'),
      logger: silentLogger,
      metrics: noMetrics,
      settings: HOST_DEFAULTS,
      owners: { reader: ME, rereader: ME, writer: ME },
      wake: { outbox: nothing, writer: nothing, rereader: nothing },
      outboxRows: async () => 0,
      restored: new RestoredSystem({
        system: 'erp' as SystemId,
        store: new PostgresRestoredStore(this.database),
        logger: silentLogger,
      }),
      failpoint: nothing,
    };
  }
}

/** An entity whose every golden field is wanted. */
export const entityContext: EntityContext = {
  entity: ENTITY,
  capabilities: null as unknown as EntityContext['capabilities'],
  traits: { versionOrder: 'none', landingMs: 1_000, maxSkewMs: 300_000 },
  mappingVersion: 'm1',
  mapping: { writesExistence: true, accepts: () => true, project: (golden) => golden },
};

/** A row that was read. */
export function aRow(key: string, brand = 'A', externalId: string | null = key): MirrorRow {
  const fields = { brand };
  const observation = { version: '1', status: 'live' as const, fields, digest: digestOf(key, brand) };
  return { ...emptyRow(ENTITY, key as BusinessKey, externalId as ExternalId | null), observation };
}

/** A record as a connector reads it. */
export function aRecord(key: string, brand = 'A', more: Partial<ObservedRecord> = {}): ObservedRecord {
  const fields: CanonicalFields = { brand };
  const name = { externalId: key as ExternalId, key: key as BusinessKey };
  return { ...name, version: '1', changedAt: null, status: 'live', fields, digest: digestOf(key, brand), ...more };
}

/** A change that stores a row. */
export function change(row: MirrorRow, more: Partial<RowChange> = {}): RowChange {
  return { id: null, before: null, row, differs: [], moves: true, lease: 'keep', ...more };
}

function digestOf(key: string, brand: string): string {
  return Buffer.from(`${key} ${brand}`).toString('hex').padEnd(16, '0').slice(0, 16);
}
