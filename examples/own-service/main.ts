import { createLogger, createMetrics } from '#observability';
import { startOwnService } from './start-own-service.js';

const { DATABASE_URL, KAFKA_BROKERS, REGISTRY_URL, ORDERS_TOKEN, PORT = '8081' } = process.env;
if (!DATABASE_URL || !KAFKA_BROKERS || !REGISTRY_URL || !ORDERS_TOKEN)
  throw new Error('Set DATABASE_URL, KAFKA_BROKERS, REGISTRY_URL and ORDERS_TOKEN.');

const app = await startOwnService({
  databaseUrl: DATABASE_URL,
  schema: 'orders',
  brokers: KAFKA_BROKERS.split(','),
  registryUrl: REGISTRY_URL,
  topics: { orders: 'orders.placed.v1', products: 'golden.product.v1', deadLetters: 'orders.dead-letter.v1' },
  http: { host: '127.0.0.1', port: Number(PORT), token: ORDERS_TOKEN },
  logger: createLogger('orders', 'info'),
  metrics: createMetrics(),
  onFatal: () => process.exit(1),
});
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void app.close().then(() => process.exit(0)));
