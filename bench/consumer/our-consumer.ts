import { Controller, Module, type INestMicroservice, type Type } from '@nestjs/common';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import { Payload } from '@nestjs/microservices';
import { noMetrics, silentLogger } from '#kernel';
import { KafkaBatchServer, OnBatch, RethrowRpcFilter, type AvroCodec, type DecodedMessage } from '#messaging-kafka';
import { CreateOutboxTables, Database, PostgresAppliedOffsets } from '#store-postgres';
import type { ConsumerSettings } from './contestant.js';
import type { Tally } from './tally.js';

const PATTERN = 'bench';

/** Our batch transport as golden uses it: a page's position moves in a transaction of its effect. */
export async function startOurConsumer(
  settings: ConsumerSettings,
  codec: AvroCodec,
  tally: Tally,
): Promise<INestMicroservice> {
  const { brokers, topic, groupId, deadLetterTopic, databaseUrl, schema } = settings;
  const database = await Database.connect({ url: databaseUrl, schema, applicationName: 'bench-consumer' }, [
    CreateOutboxTables,
  ]);
  await database.migrate();
  const strategy = new KafkaBatchServer({
    connection: { brokers, clientId: 'bench-ours' },
    groupId,
    routes: [{ topic, pattern: PATTERN }],
    codec,
    deadLetterTopic,
    positions: new PostgresAppliedOffsets(database),
    onFatal: (error) => {
      console.error(error);
      process.exit(1);
    },
    logger: { ...silentLogger, warn: (facts, text) => console.error(text, facts) },
    metrics: noMetrics,
    partitionsConcurrently: 2,
  });
  const app = await NestFactory.createMicroservice(moduleOf(database, tally), {
    strategy,
    logger: ['error', 'warn'],
  });
  await app.listen();
  return app;
}

function moduleOf(database: Database, tally: Tally): Type {
  @Controller()
  class BatchController {
    @OnBatch(PATTERN)
    onPage(@Payload() messages: readonly DecodedMessage[]): Promise<void> {
      return applyPage(database, messages, tally);
    }
  }
  @Module({ controllers: [BatchController], providers: [{ provide: APP_FILTER, useClass: RethrowRpcFilter }] })
  class BatchModule {}
  return BatchModule;
}

function applyPage(database: Database, messages: readonly DecodedMessage[], tally: Tally): Promise<void> {
  return database.transaction(async (sql) => {
    const [first] = messages;
    const last = messages.at(-1);
    if (!first || !last) return;
    const offsets = new PostgresAppliedOffsets(sql);
    const { topic, partition } = first;
    const next = await offsets.lock(topic, partition);
    for (const message of messages) if (message.offset >= next) tally.take(message.record);
    await offsets.advance({ topic, partition, nextOffset: last.offset + 1n });
  });
}
