import { loadConfig, loadHubFile, optionalRedisVariable, serviceSettingsOf, serviceVariables } from '#config';
import { runApp } from '#observability';
import { z } from 'zod';
import { startGateway } from './start-gateway.js';

await runApp(() => {
  const config = loadConfig(z.object({ ...optionalRedisVariable, ...serviceVariables }));
  const settings = serviceSettingsOf(config, loadHubFile(config.PLUMBLINE_HUB_FILE), 'gateway');
  return {
    name: 'gateway',
    logLevel: config.LOG_LEVEL,
    start: (runtime) => startGateway({ ...settings, ...runtime }),
  };
});
