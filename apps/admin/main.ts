import {
  addressVariables,
  adminVariables,
  below,
  loadConfig,
  openHubFile,
  optionalRedisVariable,
  pageSettingsOf,
  serviceSettingsOf,
  serviceVariables,
} from '#config';
import { runApp } from '#observability';
import { z } from 'zod';
import { startAdmin } from './start-admin.js';

await runApp(() => {
  const config = loadConfig(
    z.object({ ...optionalRedisVariable, ...serviceVariables, ...adminVariables, ...addressVariables }),
  );
  const { GOLDEN_URL: golden, RECONCILER_URL: reconciler, NOTIFIER_URL: notifier, CONNECTOR_URLS: connectors } = config;
  const { INDEXER_URL: indexer } = config;
  const own = {
    ...pageSettingsOf(config),
    hubFilePath: config.PLUMBLINE_HUB_FILE,
    addresses: { golden, reconciler, notifier, indexer, connectors },
    tell: (text: string) => void process.stdout.write(text),
  };
  return {
    name: 'admin',
    logLevel: config.LOG_LEVEL,
    start: async (runtime) => {
      const file = await openHubFile(config.PLUMBLINE_HUB_FILE, { needs: below('stores'), logger: runtime.logger });
      return startAdmin({ ...serviceSettingsOf(config, file, 'admin'), ...runtime, ...own });
    },
  };
});
