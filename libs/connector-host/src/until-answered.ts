import { systemClock, toHubError } from '#kernel';

/** How often, and after which pause, the broker is asked at the start before the process gives up. */
const [START_TRIES, START_PAUSE_MS] = [30, 1_000];

/** A broker that is electing leaders, or a registry that is busy, is asked again: nothing was begun yet. */
export async function untilAnswered(work: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await work();
      return;
    } catch (error) {
      if (attempt === START_TRIES || toHubError(error).disposition !== 'retry') throw error;
      await systemClock.sleep(START_PAUSE_MS);
    }
  }
}
