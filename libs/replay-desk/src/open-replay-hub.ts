import type { KafkaSecurity } from '#config';
import { consumersOf, schemaName, topicsOf, type HubFile } from '#hub-file';
import type { Clock, Logger } from '#kernel';
import {
  AvroCodec,
  KafkaLetterTopics,
  KafkaReplayCluster,
  KafkaTopics,
  type KafkaConnection,
  type ReplicationOptions,
  type SchemaSource,
} from '#messaging-kafka';
import { DeadLetterDesk, ReplayDesk, type DeadLetterStore, type ReplayFailpoint, type ReplayStore } from '#replay';
import {
  AddHeldLetters,
  AddReplayRunner,
  CreateDeadLetterTables,
  CreateOffsetResets,
  CreateReplayTables,
  Database,
  PostgresDeadLetterStore,
  PostgresOffsetResets,
  PostgresReplayStore,
} from '#store-postgres';
import { LetterEditor } from './letter-editor.js';
import { OffsetsDesk } from './offsets-desk.js';

/** Places at which fault runs kill the process. */
export type ReplayHubFailpoint = ReplayFailpoint | 'dead-letters:sent';

/** Where everything is. */
export interface ReplayHubOptions {
  readonly file: HubFile;
  readonly brokers: readonly string[];
  readonly kafkaSecurity?: KafkaSecurity;
  readonly replication?: ReplicationOptions;
  readonly schemas: SchemaSource;
  readonly databaseUrl: string;
  /** Name of the program, for brokers and database. */
  readonly name: string;
  readonly poolSize: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly failpoint?: (name: ReplayHubFailpoint) => void;
}

/** The desks, for one piece of work. */
export interface ReplayDesks {
  readonly replays: ReplayDesk;
  readonly letterDesk: DeadLetterDesk;
  readonly editor: LetterEditor;
  readonly offsets: OffsetsDesk;
}

/** Replays, dead letters and offsets of a hub. */
export interface ReplayHub {
  readonly replayStore: ReplayStore;
  readonly letters: DeadLetterStore;
  /** Opens Kafka for the work, and closes it after it. @throws HubError HUB_BROKER_*; what the work throws */
  during<T>(work: (desks: ReplayDesks) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Opens the hub's database (schema `<prefix>replay`) and brings its tables up to date. @throws HubError HUB_DATABASE_* */
export async function openReplayHub(options: ReplayHubOptions): Promise<ReplayHub> {
  const { file, databaseUrl, name, poolSize, brokers, kafkaSecurity, schemas } = options;
  const place = { url: databaseUrl, schema: schemaName(file, 'replay'), applicationName: name, poolSize };
  const database = await Database.connect(place, [
    CreateReplayTables,
    CreateDeadLetterTables,
    CreateOffsetResets,
    AddReplayRunner,
    AddHeldLetters,
  ]);
  try {
    await database.migrate();
  } catch (error) {
    await database.close();
    throw error;
  }
  const stores = {
    replayStore: new PostgresReplayStore(database),
    letters: new PostgresDeadLetterStore(database),
    resets: new PostgresOffsetResets(database),
    codec: new AvroCodec(schemas),
    connection: { brokers, ...kafkaSecurity, clientId: name },
  };
  return {
    ...stores,
    during: (work) => withDesks(options, stores, work),
    close: () => database.close(),
  };
}

interface Stores {
  readonly replayStore: PostgresReplayStore;
  readonly letters: PostgresDeadLetterStore;
  readonly resets: PostgresOffsetResets;
  readonly codec: AvroCodec;
  readonly connection: KafkaConnection;
}

async function withDesks<T>(
  options: ReplayHubOptions,
  stores: Stores,
  work: (desks: ReplayDesks) => Promise<T>,
): Promise<T> {
  const { file, replication, clock, logger, failpoint } = options;
  const { replayStore: store, letters, resets, codec, connection } = stores;
  const prefix = file.hub.topicPrefix;
  const cluster = new KafkaReplayCluster(connection, replication);
  const topics = new KafkaTopics(connection, replication);
  const letterDesk = new DeadLetterDesk({
    ...{ store: letters, topics: new KafkaLetterTopics(connection), cluster, prefix },
    ...(failpoint && { failpoint }),
  });
  const hubTopics = new Set(topicsOf(file).map(({ name }) => name));
  const replays = new ReplayDesk({ ...{ cluster, store, prefix, records: codec, hubTopics, clock, logger } });
  const editor = new LetterEditor({ codec, desk: letterDesk, letters });
  const offsets = new OffsetsDesk({ connection, topics, resets, hubGroups: groupsOf(file) });
  try {
    return await work({ replays, letterDesk, editor, offsets });
  } finally {
    await Promise.all([cluster.close(), topics.close()]);
  }
}

function groupsOf(file: HubFile): ReadonlySet<string> {
  return new Set(consumersOf(file).map((name) => `${file.hub.topicPrefix}${name}`));
}
