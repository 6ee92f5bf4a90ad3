// Our relay alone in a process, told by its parent to start and to stop. One argument: its settings as JSON.
import { randomUUID } from 'node:crypto';
import { noMetrics, silentLogger, systemClock } from '#kernel';
import { KafkaEventPublisher } from '#messaging-kafka';
import { OutboxRelay, type OutboxStore } from '#outbox';
import { CreateOutboxTables, Database, PostgresOutboxStore, StreamingOutboxStore } from '#store-postgres';
import type { RelaySettings } from './our-relay.js';

const settings = JSON.parse(process.argv[2] ?? '{}') as RelaySettings;
const database = await Database.connect(
  { url: settings.databaseUrl, schema: settings.schema, applicationName: 'relay' },
  [CreateOutboxTables],
);
const publisher = new KafkaEventPublisher({ brokers: settings.brokers, clientId: 'bench-relay' });
let relay: OutboxRelay | null = null;

process.on('message', (told) => void obey(String(told)));
process.once('disconnect', () => process.exit());
process.send?.('ready');

async function obey(told: string): Promise<void> {
  if (told === 'start') start();
  else await relay?.stop();
  process.send?.(told);
  if (told === 'end') await end();
}

function start(): void {
  relay = new OutboxRelay({
    store: openStore(),
    publisher,
    clock: systemClock,
    logger: silentLogger,
    metrics: noMetrics,
    owner: randomUUID(),
    onFatal: (error) => {
      console.error(error);
      process.exit(1);
    },
  });
  relay.start();
}

function openStore(): OutboxStore {
  if (settings.reader === 'polling') return new PostgresOutboxStore(database);
  const { databaseUrl: url, schema } = settings;
  const logger = { ...silentLogger, warn: (facts: object, text: string) => console.error(text, facts) };
  return new StreamingOutboxStore({ database, url, schema, clock: systemClock, logger, onRows: () => relay?.wake() });
}

async function end(): Promise<void> {
  await publisher.close();
  await database.close();
  process.disconnect();
}
