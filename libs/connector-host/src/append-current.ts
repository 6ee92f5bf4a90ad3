import type { Entity } from '#contracts';
import type { ExternalId } from '#kernel';
import { toContributionEvent, toOutboxMessage } from './change-events.js';
import type { HostContext } from './host-context.js';

/**
 * Appends the contributions of these records to the outbox as the events that they were, under their rows' locks. They are
 * a batch of their own, which golden's guard judges: whoever did not see the first time sees them as a change.
 * @returns how many; a record that is unknown, or of which its system authored nothing, is left out
 */
export async function appendCurrentContributions(
  context: HostContext,
  entity: Entity,
  externalIds: readonly ExternalId[],
): Promise<number> {
  return context.store.transaction(async (tx) => {
    const locked = await tx.lockRows(entity, { externalIds }, null, context.owners.reader);
    const rows = locked.map(({ row }) => row).filter((row) => row.contribution !== null && row.externalId !== null);
    const batch = { id: context.newId(), size: rows.length };
    const nowMs = context.clock.nowMs();
    await tx.outbox.append(
      rows.map((row) => toOutboxMessage(context, toContributionEvent(context, row, nowMs), batch)),
    );
    return rows.length;
  });
}
