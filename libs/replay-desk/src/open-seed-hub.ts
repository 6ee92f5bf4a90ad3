import type { AuditKeys } from '#audit';
import type { HubServices } from '#hub-client';
import { schemaName } from '#hub-file';
import type { Clock, Logger } from '#kernel';
import type { SeedJobStore } from '#replay';
import {
  CreateSeedJobs,
  CreateSeedSources,
  CreateSeedTables,
  Database,
  PostgresCertificateStore,
  PostgresSeedJobStore,
  PostgresSeedPlaces,
} from '#store-postgres';
import { SeedDesk } from './seed-desk.js';
import type { SeedCluster } from './seed-cluster.js';

/** Where everything is. */
export interface SeedHubOptions extends SeedCluster {
  readonly databaseUrl: string;
  /** Name of the program, for the database. */
  readonly name: string;
  readonly poolSize: number;
  /** The hub's connectors, for seeds from the sources. */
  readonly services: HubServices;
  /** Sign certificates. */
  readonly keys: AuditKeys;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Seeds of a hub. */
export interface SeedHub {
  readonly desk: SeedDesk;
  readonly jobs: SeedJobStore;
  readonly certificates: PostgresCertificateStore;
  readonly keys: AuditKeys;
  close(): Promise<void>;
}

/** Opens the hub's database (schema `<prefix>replay`) and brings its tables of seeds up to date. @throws HubError HUB_DATABASE_* */
export async function openSeedHub(options: SeedHubOptions): Promise<SeedHub> {
  const { databaseUrl, name, poolSize, services, keys, clock, logger, ...cluster } = options;
  const place = { url: databaseUrl, schema: schemaName(cluster.file, 'replay'), applicationName: name, poolSize };
  const database = await Database.connect(place, [CreateSeedTables, CreateSeedJobs, CreateSeedSources]);
  try {
    await database.migrate();
  } catch (error) {
    await database.close();
    throw error;
  }
  const jobs = new PostgresSeedJobStore(database);
  const certificates = new PostgresCertificateStore(database);
  const places = new PostgresSeedPlaces(database);
  const access = { services, database, clock };
  const desk = new SeedDesk({ cluster, jobs, certificates, places, access, key: keys.signing, clock, logger });
  return { desk, jobs, certificates, keys, close: () => database.close() };
}
