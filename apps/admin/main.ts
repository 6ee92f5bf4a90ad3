import {
  addressVariables,
  adminVariables,
  loadConfig,
  loadHubFile,
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
  const settings = serviceSettingsOf(config, loadHubFile(config.PLUMBLINE_HUB_FILE), 'admin');
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
    start: (runtime) => startAdmin({ ...settings, ...runtime, ...own }),
  };
});
