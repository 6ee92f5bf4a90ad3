import type { SystemRecord } from '#contracts';
import type { SystemId } from '#kernel';
import { HubError, type CanonicalFields } from '#kernel';
import { z } from 'zod';

/** The part of a connector's mirror row that the page shows. */
const rowSchema = z.object({
  externalId: z.string().nullable(),
  observation: z.object({ status: z.enum(['live', 'deleted']), fields: z.record(z.string(), z.unknown()) }).nullable(),
  golden: z.object({ version: z.string() }).nullable(),
  intent: z.object({}).nullable(),
});

/** What people see of a connector's rows. @throws HubError HUB_INVARIANT_BROKEN when the connector answers something else */
export function toSystemRecords(system: SystemId, rows: readonly unknown[]): SystemRecord[] {
  const parsed = z.array(rowSchema).safeParse(rows);
  if (!parsed.success)
    throw new HubError('HUB_INVARIANT_BROKEN', `connector ${system} answers rows of another shape.`, { system });
  return parsed.data.map(({ externalId, observation, golden, intent }) => ({
    ...{ system, externalId, status: observation?.status ?? null, isWriting: intent !== null },
    fields: (observation?.fields ?? null) as CanonicalFields | null,
    receivedVersion: golden?.version ?? null,
  }));
}
