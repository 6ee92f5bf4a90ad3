import {
  addressVariables,
  failpointVariable,
  hubServersOf,
  hubVariables,
  loadConfig,
  loadHubFile,
  serverVariables,
  systemVariable,
  tokenVariable,
} from '#config';
import type { ConnectorDefinition } from '#connector-sdk';
import { portOf } from '#hub-file';
import { HubError, type SystemId } from '#kernel';
import { createLogger, createMetrics } from '#observability';
import { z } from 'zod';
import { startConnectorHost } from './start-connector-host.js';

const configSchema = z.object({
  ...serverVariables,
  ...hubVariables,
  ...tokenVariable,
  ...systemVariable,
  ...addressVariables,
  ...failpointVariable,
});

/** Runs one connector as a process of its own, from the environment, until a signal or a fatal error ends it. */
export async function runConnector(definition: ConnectorDefinition): Promise<void> {
  try {
    const config = loadConfig(configSchema);
    const file = loadHubFile(config.PLUMBLINE_HUB_FILE);
    const system = config.PLUMBLINE_SYSTEM as SystemId;
    const logger = createLogger(`connector-${system}`, config.LOG_LEVEL);
    const onFatal = (error: HubError): void => {
      logger.error({ code: error.code, reason: error.message, details: error.details, error }, 'fatal');
      process.exit(1);
    };
    const app = await startConnectorHost({
      definition,
      file,
      system,
      servers: { ...hubServersOf(config), redisUrl: config.REDIS_URL },
      http: {
        host: config.PLUMBLINE_HTTP_HOST,
        port: portOf(file, { system }),
        token: config.PLUMBLINE_TOKEN,
      },
      dataDir: config.PLUMBLINE_DATA_DIR,
      logger,
      metrics: createMetrics(),
      ...(config.PLUMBLINE_FAILPOINT !== undefined && { failpoint: config.PLUMBLINE_FAILPOINT }),
      onFatal,
    });
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => void app.close().then(() => process.exit(0), onFatal));
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    process.stderr.write(`${error.code}: ${error.message}\n${error.hint}\n`);
    process.exit(1);
  }
}
