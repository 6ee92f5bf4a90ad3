import type { ProcessUsage } from '#hub-runner';
import type { Database } from '#store-postgres';
import type { Append } from './events.js';

/** A relay in the bench. It is warm when it starts: its process lives through all rounds. */
export interface Contestant {
  readonly name: string;
  readonly append: Append;
  /** Makes it ready to relay to a new topic, and stopped: what is appended from now on waits. */
  prepare(topic: string): Promise<void>;
  start(): Promise<void>;
  /** Ends the turn: nothing of it goes on, nothing waits. */
  stop(): Promise<void>;
  usage(): ProcessUsage;
  /** Ends its process. */
  close(): Promise<void>;
}

/** Waits until a query's one row says so. @throws Error after a minute */
export async function untilTrue(database: Database, query: string, values: readonly unknown[] = []): Promise<void> {
  const endsAt = Date.now() + 60_000;
  for (;;) {
    const [row] = await database.query<{ done: boolean }>(query, values);
    if (row?.done) return;
    if (Date.now() > endsAt) throw new Error(`After a minute it is not so: ${query}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
