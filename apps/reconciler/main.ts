import { loadConfig, loadHubFile, serverVariables, serviceSettingsOf, serviceVariables } from '#config';
import { runApp } from '#observability';
import { z } from 'zod';
import { startReconciler } from './start-reconciler.js';

await runApp(() => {
  const config = loadConfig(z.object({ ...serverVariables, ...serviceVariables }));
  const settings = serviceSettingsOf(config, loadHubFile(config.PLUMBLINE_HUB_FILE), 'reconciler');
  return {
    name: 'reconciler',
    logLevel: config.LOG_LEVEL,
    start: (runtime) => startReconciler({ ...settings, ...runtime }),
  };
});
