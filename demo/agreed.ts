import type { Entity } from '#contracts';
import type { Agreement } from './stores/agreement.js';
import { until } from './wait.js';
import type { World } from './world.js';

/** Waits until the shop holds what the owners say, compared without the hub; answers the last comparison either way. */
export async function untilAgreed(
  { stores, screen }: Pick<World, 'stores' | 'screen'>,
  entities: readonly Entity[],
  timeoutMs = 120_000,
): Promise<Agreement[]> {
  let last: Agreement[] = [];
  try {
    await until(
      'the shop agrees with the owners',
      async () => {
        last = await Promise.all(entities.map((entity) => stores.compare(entity)));
        const unequal = last.reduce((sum, one) => sum + one.unequal.length, 0);
        screen.progress(`the shop beside its owners: ${unequal} records differ`);
        return unequal === 0;
      },
      { timeoutMs, everyMs: 300 },
    );
  } catch (error) {
    if (last.length === 0) throw error; // else the scene says what differs
  }
  return last;
}
