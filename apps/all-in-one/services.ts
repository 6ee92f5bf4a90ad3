import { kafkaSecurityOf, pageSettingsOf, replicationOf, serviceSettingsOf } from '#config';
import { startConnectorHost } from '#connector-host';
import { endpoints, topicsOf, type HubFile } from '#hub-file';
import type { HubError, Logger } from '#kernel';
import { KafkaTopics } from '#messaging-kafka';
import { createLogger, createMetrics } from '#observability';
import { startAdmin } from '../admin/start-admin.js';
import { startGateway } from '../gateway/start-gateway.js';
import { startGolden } from '../golden/start-golden.js';
import { startIndexer } from '../indexer/start-indexer.js';
import { startNotifier } from '../notifier/start-notifier.js';
import { startReconciler } from '../reconciler/start-reconciler.js';
import type { UpConfig } from './config.js';
import { getConnector } from './connectors.js';
import type { Service } from './start-all.js';

/** What all services of this process share. */
export interface Shared {
  readonly config: UpConfig;
  readonly file: HubFile;
  readonly onFatal: (service: string, error: HubError) => void;
}

/** Golden first, then the reconciler, the indexer, the notifier where there are webhooks, the gateway where there are feeds, a connector for each system, and the admin page: each serves HTTP on its own port. */
export function listServices(shared: Shared): readonly Service[] {
  const { config, file } = shared;
  return [
    { name: 'golden', start: () => startGolden(common(shared, 'golden')) },
    { name: 'reconciler', start: () => startReconciler(common(shared, 'reconciler')) },
    { name: 'indexer', start: () => startIndexer({ ...common(shared, 'indexer'), endpoints: endpoints(file) }) },
    ...(file.webhooks ? [{ name: 'notifier', start: () => startNotifier(common(shared, 'notifier')) }] : []),
    ...(file.feeds ? [{ name: 'gateway', start: () => startGateway(common(shared, 'gateway')) }] : []),
    ...file.systems.map(({ id, connector }) => ({
      name: `connector-${id}`,
      start: () =>
        startConnectorHost({
          ...common(shared, { system: id }),
          definition: getConnector(connector),
          system: id,
          dataDir: config.PLUMBLINE_DATA_DIR,
        }),
    })),
    { name: 'admin', start: () => startAdmin({ ...common(shared, 'admin'), ...adminOf(shared) }) },
  ];
}

/** The page finds the others on their ports, and tells its first password on standard output. */
function adminOf({ config }: Shared): Omit<Parameters<typeof startAdmin>[0], keyof ReturnType<typeof common>> {
  const tell = (text: string): void => void process.stdout.write(text);
  return { ...pageSettingsOf(config), hubFilePath: config.PLUMBLINE_HUB_FILE, addresses: {}, tell };
}

/** Creates the topics that are missing, so that one command is enough to start. @throws HubError HUB_BROKER_* */
export async function ensureTopics({ config, file }: Shared, logger: Logger): Promise<void> {
  const topics = new KafkaTopics(
    { brokers: config.KAFKA_BROKERS, ...kafkaSecurityOf(config), clientId: 'plumbline-up', logger },
    replicationOf(config),
  );
  try {
    const { missing } = await topics.ensure(topicsOf(file));
    if (missing.length > 0) logger.info({ topics: missing.map(({ name }) => name) }, 'topics created');
  } finally {
    await topics.close();
  }
}

/** Options that every service takes. Memory and event loop are the process's: golden's metrics show them, once. */
function common({ config, file, onFatal }: Shared, service: Parameters<typeof serviceSettingsOf>[2]) {
  const name = typeof service === 'string' ? service : `connector-${service.system}`;
  return {
    ...serviceSettingsOf(config, file, service),
    logger: createLogger(name, config.LOG_LEVEL, process.stderr),
    metrics: createMetrics({ processMetrics: name === 'golden' }),
    onFatal: (error: HubError) => onFatal(name, error),
  };
}
