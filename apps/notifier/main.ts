import { below, loadConfig, openHubFile, optionalRedisVariable, serviceSettingsOf, serviceVariables } from '#config';
import { runApp } from '#observability';
import { z } from 'zod';
import { startNotifier } from './start-notifier.js';

await runApp(() => {
  const config = loadConfig(z.object({ ...optionalRedisVariable, ...serviceVariables }));
  return {
    name: 'notifier',
    logLevel: config.LOG_LEVEL,
    start: async (runtime) => {
      const file = await openHubFile(config.PLUMBLINE_HUB_FILE, { needs: below('webhooks'), logger: runtime.logger });
      return startNotifier({ ...serviceSettingsOf(config, file, 'notifier'), ...runtime });
    },
  };
});
