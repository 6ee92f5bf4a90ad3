import type { SystemStatus } from '#contracts';
import { until } from './wait.js';
import type { World } from './world.js';

/** Longer than the overlap of the hub file: rows that were written a moment ago are still being read again. */
const OVERLAP_MS = 5_000;

/**
 * Waits until the hub has nothing more to do in the shop, and its reader is past all that was written before `sinceMs`:
 * damage planted from now on is seen by rounds only, however slow the machine.
 */
export async function untilSettled({ hub, screen }: World, sinceMs: number): Promise<void> {
  const wantedMs = sinceMs + OVERLAP_MS;
  await until(
    'the hub has read its own writes in the shop',
    async () => {
      const unsettled = findUnsettled(await hub.systemStatus('shop'), wantedMs);
      screen.progress(`waiting until the hub has read its own writes: ${unsettled.join(', ')}`);
      return unsettled.length === 0;
    },
    { timeoutMs: 300_000, everyMs: 300 },
  );
}

function findUnsettled({ entities }: SystemStatus, wantedMs: number): string[] {
  return entities.flatMap(({ entity, caughtUpAt, due, openIntents, rereads }) => {
    const isPast = caughtUpAt !== null && Date.parse(caughtUpAt) >= wantedMs;
    return isPast && due + openIntents + rereads === 0 ? [] : [entity];
  });
}
