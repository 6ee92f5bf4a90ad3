import {
  below,
  failpointVariable,
  loadConfig,
  openHubFile,
  serverVariables,
  serviceSettingsOf,
  serviceVariables,
  systemVariable,
} from '#config';
import type { ConnectorDefinition } from '#connector-sdk';
import type { SystemId } from '#kernel';
import { runApp } from '#observability';
import { z } from 'zod';
import { startConnectorHost } from './start-connector-host.js';

const configSchema = z.object({
  ...serverVariables,
  ...serviceVariables,
  ...systemVariable,
  ...failpointVariable,
});

/** Runs one connector as a process of its own, from the environment, until a signal or a fatal error ends it. Of secrets in a vault it reads those of its system. */
export async function runConnector(definition: ConnectorDefinition): Promise<void> {
  await runApp(() => {
    const config = loadConfig(configSchema);
    const system = config.PLUMBLINE_SYSTEM as SystemId;
    const failpoint = config.PLUMBLINE_FAILPOINT;
    const own = {
      definition,
      system,
      dataDir: config.PLUMBLINE_DATA_DIR,
      ...(failpoint !== undefined && { failpoint }),
    };
    return {
      name: `connector-${system}`,
      logLevel: config.LOG_LEVEL,
      start: async (runtime) => {
        const needs = below(`systems.${system}`);
        const file = await openHubFile(config.PLUMBLINE_HUB_FILE, { needs, logger: runtime.logger });
        return startConnectorHost({ ...own, ...serviceSettingsOf(config, file, { system }), ...runtime });
      },
    };
  });
}
