import { systemClock, toHubError } from '#kernel';

/** How often, and after which pause, servers are asked at the start before the process gives up. */
const [START_TRIES, START_PAUSE_MS] = [30, 1_000];

/** A broker that is electing leaders, or a registry that is busy, is asked again: nothing was begun that can't begin anew. */
export async function untilAnswered<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const { disposition } = toHubError(error);
      if (attempt === START_TRIES || (disposition !== 'retry' && disposition !== 'reload')) throw error;
      await systemClock.sleep(START_PAUSE_MS);
    }
  }
}
