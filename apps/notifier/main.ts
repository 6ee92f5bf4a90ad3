import { hubServersOf, loadConfig, loadHubFile } from '#config';
import { portOf } from '#hub-file';
import { HubError } from '#kernel';
import { createLogger, createMetrics } from '#observability';
import { configSchema } from './config.js';
import { startNotifier } from './start-notifier.js';

try {
  const config = loadConfig(configSchema);
  const file = loadHubFile(config.PLUMBLINE_HUB_FILE);
  const logger = createLogger('notifier', config.LOG_LEVEL);
  const onFatal = (error: HubError): void => {
    logger.error({ code: error.code, reason: error.message, details: error.details, error }, 'fatal');
    process.exit(1);
  };
  const app = await startNotifier({
    file,
    servers: hubServersOf(config),
    http: { host: config.PLUMBLINE_HTTP_HOST, port: portOf(file, 'notifier'), token: config.PLUMBLINE_TOKEN },
    logger,
    metrics: createMetrics(),
    onFatal,
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void app.close().then(() => process.exit(0), onFatal));
} catch (error) {
  if (!(error instanceof HubError)) throw error;
  process.stderr.write(`${error.code}: ${error.message}\n${error.hint}\n`);
  process.exit(1);
}
