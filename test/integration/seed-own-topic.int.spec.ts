import { afterAll, beforeAll } from '@jest/globals';
import { AvroCodec, KafkaSeedTarget, KafkaTopics, SchemaRegistry } from '#messaging-kafka';
import { WHOLE } from '#replay';
import { testSeedTarget } from '#replay/testing';
import { CreateSeedTables, Database, PostgresSeedPlaces } from '#store-postgres';
import { serverAddresses, unique } from '../harness/servers.js';

const addresses = serverAddresses();
const connection = { brokers: addresses.kafkaBrokers, clientId: 'seed-own-topic' };
const schema = unique('seed_places');
const codec = new AvroCodec(new SchemaRegistry({ url: addresses.registryUrl }));
const topics = new KafkaTopics(connection);
let database: Database;

beforeAll(async () => {
  await codec.ensureSchemas();
  const options = { url: addresses.databaseUrl, schema, applicationName: 'seed-own-topic', poolSize: 2 };
  database = await Database.connect(options, [CreateSeedTables]);
  await database.migrate();
});
afterAll(async () => {
  await database.query(`DROP SCHEMA ${schema} CASCADE`);
  await Promise.all([database.close(), topics.close()]);
});

testSeedTarget(async () => {
  const topic = unique('own').replace('_', '-');
  const target = new KafkaSeedTarget({
    ...{ connection, replication: {}, topic, source: 'golden.product.v1', entity: 'product', shape: WHOLE, codec },
    places: new PostgresSeedPlaces(database),
  });
  const close = async (): Promise<void> => {
    await target.close();
    if ((await topics.partitionsOf(topic)) !== null) await topics.deleteTopics([topic]);
  };
  return { target, isLog: true, close };
});
