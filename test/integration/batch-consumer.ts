import { Controller, Module, type INestMicroservice, type Type } from '@nestjs/common';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import { Payload } from '@nestjs/microservices';
import { noMetrics, silentLogger, type HubError } from '#kernel';
import {
  KafkaBatchServer,
  OnBatch,
  RethrowRpcFilter,
  type AvroCodec,
  type DecodedMessage,
  type KafkaConnection,
} from '#messaging-kafka';
import { PostgresAppliedOffsets, type Database } from '#store-postgres';

/** Where a consumer reads and what it writes to: a database with a table `effect (topic, key, text)`. */
export interface BatchConsumerOptions {
  readonly topic: string;
  readonly groupId: string;
  readonly deadLetterTopic: string;
  readonly connection: KafkaConnection;
  readonly codec: AvroCodec;
  readonly database: Database;
}

/** A service that writes one row per message, with the applied offset in the same transaction. */
export class BatchConsumer {
  readonly fatal: HubError[] = [];
  readonly calls: number[] = [];
  /** Throws to plant an error before the effect. */
  before: (messages: readonly DecodedMessage[]) => void = () => undefined;
  private app: INestMicroservice | null = null;

  constructor(private readonly options: BatchConsumerOptions) {}

  get groupId(): string {
    return this.options.groupId;
  }

  get deadLetterTopic(): string {
    return this.options.deadLetterTopic;
  }

  async start(): Promise<void> {
    const { topic, database, ...rest } = this.options;
    const strategy = new KafkaBatchServer({
      ...rest,
      routes: [{ topic, pattern: 'drift' }],
      positions: new PostgresAppliedOffsets(database),
      onFatal: (error) => this.fatal.push(error),
      logger: silentLogger,
      metrics: noMetrics,
      batchSize: 50,
    });
    this.app = await NestFactory.createMicroservice(
      moduleOf((messages) => this.apply(messages)),
      { strategy, logger: false },
    );
    await this.app.listen();
  }

  async stop(): Promise<void> {
    await this.app?.close();
    this.app = null;
  }

  private async apply(messages: readonly DecodedMessage[]): Promise<void> {
    this.calls.push(messages.length);
    this.before(messages);
    const [first] = messages;
    const last = messages.at(-1);
    if (!first || !last) return;
    await this.options.database.transaction(async (sql) => {
      const offsets = new PostgresAppliedOffsets(sql);
      const next = await offsets.lock(first.topic, first.partition);
      const fresh = messages.filter((message) => message.offset >= next);
      const columns = [fresh.map((message) => message.key), fresh.map((message) => String(message.record?.['runId']))];
      const insert =
        'INSERT INTO effect (topic, key, text) SELECT $3, key, text FROM unnest($1::text[], $2::text[]) AS m (key, text)';
      await sql.query(insert, [...columns, first.topic]);
      await offsets.advance({ topic: first.topic, partition: first.partition, nextOffset: last.offset + 1n });
    });
  }
}

function moduleOf(apply: (messages: readonly DecodedMessage[]) => Promise<void>): Type {
  @Controller()
  class DriftController {
    @OnBatch('drift')
    onDrift(@Payload() messages: readonly DecodedMessage[]): Promise<void> {
      return apply(messages);
    }
  }
  @Module({ controllers: [DriftController], providers: [{ provide: APP_FILTER, useClass: RethrowRpcFilter }] })
  class ConsumerModule {}
  return ConsumerModule;
}
