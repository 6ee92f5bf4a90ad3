import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '#store-postgres';
import type { Append } from './events.js';

/** Connections that commit side by side; the database given must have that many. */
export const WRITERS = 24;

/** What to commit. */
export interface LiveCommits {
  readonly append: Append;
  readonly topic: string;
  /** Number of the first event. */
  readonly from: number;
  readonly perSecond: number;
  readonly seconds: number;
}

/** When the client asked for each commit and saw it done, milliseconds since the epoch with fractions. */
export interface CommitTimes {
  readonly askedAtMs: Float64Array;
  readonly doneAtMs: Float64Array;
}

/** Commits events one by one at a steady rate, each in a transaction of one statement. */
export async function commitLive(database: Database, live: LiveCommits): Promise<CommitTimes> {
  const count = live.perSecond * live.seconds;
  const times = { askedAtMs: new Float64Array(count), doneAtMs: new Float64Array(count) };
  const startsAtMs = nowMs() + 200;
  let next = 0;
  const write = async (): Promise<void> => {
    while (next < count) {
      const index = next++;
      const waitMs = startsAtMs + (index * 1_000) / live.perSecond - nowMs();
      if (waitMs >= 1) await sleep(waitMs);
      times.askedAtMs[index] = nowMs();
      await live.append(database, live.topic, live.from + index, live.from + index + 1);
      times.doneAtMs[index] = nowMs();
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, write));
  return times;
}

function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
