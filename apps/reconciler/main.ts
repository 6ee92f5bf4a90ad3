import { hubServersOf, loadConfig, loadHubFile } from '#config';
import { portOf } from '#hub-file';
import { toHubError } from '#kernel';
import { createLogger, createMetrics } from '#observability';
import { reconcilerConfigSchema, type ReconcilerConfig } from './config.js';
import { startReconciler } from './start-reconciler.js';

/** Starts the reconciler alone; a supervisor restarts it when it exits non-zero. */
async function main(): Promise<void> {
  const config: ReconcilerConfig = loadConfig(reconcilerConfigSchema);
  const hubFile = loadHubFile(config.PLUMBLINE_HUB_FILE);
  const logger = createLogger('reconciler', config.LOG_LEVEL);
  const app = await startReconciler({
    hubFile,
    servers: { ...hubServersOf(config), redisUrl: config.REDIS_URL },
    http: {
      host: config.PLUMBLINE_HTTP_HOST,
      port: portOf(hubFile, 'reconciler'),
      token: config.PLUMBLINE_TOKEN,
    },
    logger,
    metrics: createMetrics(),
    onFatal: (error) => {
      logger.error({ code: error.code, error }, 'reconciler stops');
      process.exit(1);
    },
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      void app.close().then(() => process.exit(0));
    });
}

try {
  await main();
} catch (error) {
  const { code, message, hint } = toHubError(error);
  process.stderr.write(`${code}: ${message}\n${hint}\n`);
  process.exit(1);
}
