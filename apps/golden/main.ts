import { loadConfig, loadHubFile, optionalRedisVariable, serviceSettingsOf, serviceVariables } from '#config';
import { runApp } from '#observability';
import { z } from 'zod';
import { startGolden } from './start-golden.js';

await runApp(() => {
  const config = loadConfig(z.object({ ...optionalRedisVariable, ...serviceVariables }));
  const settings = serviceSettingsOf(config, loadHubFile(config.PLUMBLINE_HUB_FILE), 'golden');
  return { name: 'golden', logLevel: config.LOG_LEVEL, start: (runtime) => startGolden({ ...settings, ...runtime }) };
});
