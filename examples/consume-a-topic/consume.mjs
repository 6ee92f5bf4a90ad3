import kafkajs from 'kafkajs';
import { SchemaRegistry } from '@kafkajs/confluent-schema-registry';

const { KAFKA_BROKERS, REGISTRY_URL, TOPIC = 'golden.product.v1' } = process.env;
const registry = new SchemaRegistry({ host: REGISTRY_URL });
const consumer = new kafkajs.Kafka({ brokers: KAFKA_BROKERS.split(','), logLevel: 1 }).consumer({ groupId: 'my-team' });
await consumer.connect();
await consumer.subscribe({ topic: TOPIC, fromBeginning: true });
await consumer.run({
  eachMessage: async ({ message }) => {
    const { key, version, status, present, name } = await registry.decode(message.value);
    console.log(key, version, status, name, `fields: ${present.map((field) => field.name)}`);
  },
});
