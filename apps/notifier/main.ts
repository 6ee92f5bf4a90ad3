import { loadConfig, loadHubFile, optionalRedisVariable, serviceSettingsOf, serviceVariables } from '#config';
import { runApp } from '#observability';
import { z } from 'zod';
import { startNotifier } from './start-notifier.js';

await runApp(() => {
  const config = loadConfig(z.object({ ...optionalRedisVariable, ...serviceVariables }));
  const settings = serviceSettingsOf(config, loadHubFile(config.PLUMBLINE_HUB_FILE), 'notifier');
  return {
    name: 'notifier',
    logLevel: config.LOG_LEVEL,
    start: (runtime) => startNotifier({ ...settings, ...runtime }),
  };
});
