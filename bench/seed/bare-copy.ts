// The floor: a plain consumer of kafkajs, one COPY a batch into a table without a key, and no thought of anything else: no
// order of versions, no place to go on from, no end that proves anything. Three arguments: its settings, as JSON.
import { AvroCodec, SchemaRegistry } from '#messaging-kafka';
import { Database } from '#store-postgres';
import kafkajs from 'kafkajs';
import type { BareSettings } from './contestants.js';

const settings = JSON.parse(process.argv[2] ?? '{}') as BareSettings;
const COLUMNS = ['key', 'version', 'sequence', 'status', ...settings.fields];

const codec = new AvroCodec(new SchemaRegistry({ url: settings.registryUrl }));
await codec.ensureSchemas();
const place = { url: settings.databaseUrl, schema: 'public', applicationName: 'bench-bare-copy', poolSize: 1 };
const database = await Database.connect(place, []);
const kafka = new kafkajs.Kafka({
  clientId: 'bench-bare-copy',
  brokers: [...settings.brokers],
  logLevel: kafkajs.logLevel.ERROR,
});
const admin = kafka.admin();
await admin.connect();
const open = new Map<number, bigint>();
for (const { partition, low, high } of await admin.fetchTopicOffsets(settings.topic))
  if (BigInt(low) < BigInt(high)) open.set(partition, BigInt(high));
await admin.disconnect();

const consumer = kafka.consumer({ groupId: settings.groupId });
await consumer.connect();
await consumer.subscribe({ topic: settings.topic, fromBeginning: true });
let messages = 0;
const done = new Promise<void>((resolve) => {
  void consumer.run({
    eachBatch: async ({ batch }) => {
      let text = '';
      for (const { value } of batch.messages) if (value) text += lineOf(codec.decode(value).record);
      await database.transaction((sql) =>
        sql.copyIn(`COPY bare (${COLUMNS.map((name) => `"${name}"`).join(', ')}) FROM STDIN`, Buffer.from(text)),
      );
      messages += batch.messages.length;
      if (BigInt(batch.lastOffset()) + 1n >= (open.get(batch.partition) ?? 0n)) open.delete(batch.partition);
      if (open.size === 0) resolve();
    },
  });
});
await done;
console.log(JSON.stringify({ messages }));
process.exit(0);

function lineOf(record: Readonly<Record<string, unknown>>): string {
  let line = '';
  for (const [index, column] of COLUMNS.entries())
    line += `${index === 0 ? '' : '\t'}${textOf(record[column] ?? null)}`;
  return `${line}\n`;
}

function textOf(value: unknown): string {
  if (value === null) return '\\N';
  return (typeof value === 'string' ? value : JSON.stringify(value)).replaceAll('\\', '\\\\');
}
