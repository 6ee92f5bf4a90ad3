import {
  addressVariables,
  loadConfig,
  loadHubFile,
  optionalRedisVariable,
  serviceSettingsOf,
  serviceVariables,
} from '#config';
import { endpoints } from '#hub-file';
import { runApp } from '#observability';
import { z } from 'zod';
import { startIndexer } from './start-indexer.js';

await runApp(() => {
  const config = loadConfig(z.object({ ...optionalRedisVariable, ...serviceVariables, ...addressVariables }));
  const file = loadHubFile(config.PLUMBLINE_HUB_FILE);
  const { RECONCILER_URL: reconciler, CONNECTOR_URLS: connectors } = config;
  const urls = endpoints(file, { reconciler, connectors });
  return {
    name: 'indexer',
    logLevel: config.LOG_LEVEL,
    start: (runtime) => startIndexer({ ...serviceSettingsOf(config, file, 'indexer'), ...runtime, endpoints: urls }),
  };
});
