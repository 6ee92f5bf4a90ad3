import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { randomUUID } from 'node:crypto';
import { startParts, systemClock, type Closers, type HubError, type Logger } from '#kernel';
import { AvroCodec, KafkaBatchServer, KafkaEventPublisher, RethrowRpcFilter, SchemaRegistry } from '#messaging-kafka';
import { serveConsumerApp, serveHttpApp, type ReadableMetrics, type RunningApp } from '#observability';
import { startRelay } from '#outbox';
import {
  AddParkingAndLimit,
  CreateOutboxTables,
  Database,
  PostgresAppliedOffsets,
  PostgresOutboxStore,
  PostgresParkedKeys,
} from '#store-postgres';
import { DataSource } from 'typeorm';
import { OrderEvents } from './order-events.js';
import { OrdersController } from './orders.controller.js';
import { PARTS, type Parts } from './parts.js';
import { GOLDEN_PRODUCTS, ProductsController } from './products.controller.js';
import { CreateOwnTables, OrderEntity, ProductCopyEntity } from './tables.js';

/** Where the service finds its servers and topics. */
export interface OwnServiceOptions {
  readonly databaseUrl: string;
  readonly schema: string;
  readonly brokers: readonly string[];
  readonly registryUrl: string;
  readonly topics: { readonly orders: string; readonly products: string; readonly deadLetters: string };
  readonly http: { readonly host: string; readonly port: number; readonly token: string };
  readonly logger: Logger;
  readonly metrics: ReadableMetrics;
  /** Called for an error that no retry mends; the process should exit non-zero. */
  readonly onFatal: (error: HubError) => void;
  readonly failpoint?: (name: string) => void;
}

/** Starts the service: tables, relay, inbox, HTTP. Its topics exist already. */
export function startOwnService(options: OwnServiceOptions): Promise<RunningApp> {
  return startParts((closers) => start(options, closers));
}

async function start(options: OwnServiceOptions, closers: Closers): Promise<RunningApp> {
  const { http, logger, metrics, onFatal } = options;
  const { dataSource, database } = await openDatabase(options, closers);
  const orderEvents = await OrderEvents.open(options.registryUrl, options.topics.orders);
  const relay = startRelay(
    {
      store: new PostgresOutboxStore(database),
      publisher: new KafkaEventPublisher({ brokers: options.brokers, clientId: 'orders-relay', logger }),
      clock: systemClock,
      owner: randomUUID(),
      logger,
      metrics,
      onFatal,
    },
    closers,
  );
  const parts: Parts = { dataSource, orderEvents, relay, failpoint: options.failpoint ?? (() => undefined) };
  const strategy = new KafkaBatchServer({
    connection: { brokers: options.brokers, clientId: 'orders-inbox', logger },
    groupId: options.schema,
    routes: [{ topic: options.topics.products, pattern: GOLDEN_PRODUCTS }],
    codec: new AvroCodec(new SchemaRegistry({ url: options.registryUrl })),
    deadLetterTopic: options.topics.deadLetters,
    positions: new PostgresAppliedOffsets(database),
    onFatal,
    logger,
    metrics,
  });
  await serveConsumerApp(OwnServiceModule.of(parts, [ProductsController]), { strategy, logger }, closers);
  const ready = { database: () => database.query('SELECT 1') };
  const parked = new PostgresParkedKeys(database);
  const front = { ...http, logger, metrics, ready, parked };
  const app = await serveHttpApp(OwnServiceModule.of(parts, [OrdersController]), front);
  closers.add(() => app.close());
  return app;
}

/** TypeORM for our own tables; beside it the small pool that the relay and the inbox's positions use. */
async function openDatabase(
  { databaseUrl: url, schema }: OwnServiceOptions,
  closers: Closers,
): Promise<{ readonly dataSource: DataSource; readonly database: Database }> {
  const names = { url, schema, applicationName: 'orders' };
  const database = await Database.connect({ ...names, poolSize: 2 }, [
    CreateOutboxTables,
    AddParkingAndLimit,
    CreateOwnTables,
  ]);
  closers.add(() => database.close());
  await database.migrate();
  const dataSource = new DataSource({
    ...names,
    type: 'postgres',
    entities: [OrderEntity, ProductCopyEntity],
    extra: { options: `-c search_path=${schema} -c statement_timeout=30000` },
  });
  await dataSource.initialize();
  closers.add(() => dataSource.destroy());
  return { dataSource, database };
}

@Module({})
class OwnServiceModule {
  static of(parts: Parts, controllers: NonNullable<DynamicModule['controllers']>): DynamicModule {
    const providers = [
      { provide: PARTS, useValue: parts },
      ...(controllers.includes(ProductsController) ? [{ provide: APP_FILTER, useClass: RethrowRpcFilter }] : []),
    ];
    return { module: OwnServiceModule, controllers, providers };
  }
}
