import { hubVariables, serverVariables, tokenVariable } from '#config';
import { z } from 'zod';

/** Environment of the golden process. */
export const configSchema = z.object({
  KAFKA_BROKERS: serverVariables.KAFKA_BROKERS,
  REGISTRY_URL: serverVariables.REGISTRY_URL,
  DATABASE_URL: serverVariables.DATABASE_URL,
  ...hubVariables,
  ...tokenVariable,
});
