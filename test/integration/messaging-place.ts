import { afterAll, beforeAll } from '@jest/globals';
import { AvroCodec, KafkaEventPublisher, KafkaTopics, SchemaRegistry, type KafkaConnection } from '#messaging-kafka';
import { Database, type Migration } from '#store-postgres';
import { createDatabase, serverAddresses, type ScratchDatabase } from '../harness/servers.js';

/** What a spec of consumers works with: Kafka, the registry, and a database of its own with a table `effect`. */
export interface MessagingPlace {
  readonly connection: KafkaConnection;
  readonly codec: AvroCodec;
  readonly topics: KafkaTopics;
  readonly publisher: KafkaEventPublisher;
  /** Topics to be deleted at the end. */
  readonly created: string[];
  /** There from `beforeAll` on. */
  readonly database: Database;
}

/** Opens a place before all tests of the spec that calls it, and takes it away after them. */
export function useMessagingPlace(
  name: string,
  { migrations, effectTable }: { readonly migrations: readonly Migration[]; readonly effectTable: string },
): MessagingPlace {
  const { kafkaBrokers, registryUrl } = serverAddresses();
  const connection = { brokers: kafkaBrokers, clientId: `${name}-test` };
  const codec = new AvroCodec(new SchemaRegistry({ url: registryUrl }));
  const topics = new KafkaTopics(connection);
  const publisher = new KafkaEventPublisher(connection);
  const created: string[] = [];
  let scratch: ScratchDatabase;
  let database: Database;
  beforeAll(async () => {
    scratch = await createDatabase(name);
    const options = { url: scratch.url, schema: 'consumer', applicationName: `${name}-test` };
    database = await Database.connect(options, migrations);
    await database.migrate();
    await database.query(effectTable);
    await codec.ensureSchemas();
  });
  afterAll(async () => {
    await publisher.close();
    await topics.deleteTopics(created);
    await topics.close();
    await database.close();
    await scratch.drop();
  });
  return {
    ...{ connection, codec, topics, publisher, created },
    get database() {
      return database;
    },
  };
}
