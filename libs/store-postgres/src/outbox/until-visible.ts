import { HubError, type Clock } from '#kernel';

const PAUSE_MS = 3;
const TIMEOUT_MS = 10_000;

/**
 * Asks until the answer is not null: a row of the stream may not be visible yet, since PostgreSQL sends a commit before it
 * shows it. @throws HubError HUB_DATABASE_UNREACHABLE after ten seconds
 */
export async function untilVisible<T>(clock: Clock, ask: () => Promise<T | null>): Promise<T> {
  const endsAtMs = clock.nowMs() + TIMEOUT_MS;
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (clock.nowMs() > endsAtMs)
      throw new HubError('HUB_DATABASE_UNREACHABLE', 'Rows of the stream do not become visible.');
    await clock.sleep(PAUSE_MS);
  }
}
