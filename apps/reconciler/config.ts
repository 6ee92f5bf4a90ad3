import { hubVariables, serverVariables, tokenVariable } from '#config';
import { z } from 'zod';

/** Environment of the reconciler. */
export const reconcilerConfigSchema = z.object({ ...serverVariables, ...hubVariables, ...tokenVariable });

/** Parsed {@link reconcilerConfigSchema}. */
export type ReconcilerConfig = z.infer<typeof reconcilerConfigSchema>;
