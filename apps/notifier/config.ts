import { hubVariables, kafkaVariables, registryVariables, serverVariables, tokenVariable } from '#config';
import { z } from 'zod';

/** Environment of the notifier. */
export const configSchema = z.object({
  ...kafkaVariables,
  ...registryVariables,
  DATABASE_URL: serverVariables.DATABASE_URL,
  ...hubVariables,
  ...tokenVariable,
});
