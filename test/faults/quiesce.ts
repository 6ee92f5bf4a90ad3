import pg from 'pg';
import { topicNames, type GoldenStatus, type PlanReport, type SystemStatus } from '#contracts';
import { schemaName } from '#hub-file';
import type { WatchedHub } from './test-hub.js';
import { sleep } from './workload.js';

/** The sql connector looks again for late commits every half overlap: after twice the overlap it has seen them all. */
const SWEPT_MS = 4_000;
/** Looks in a row that must find nothing: what one part has finished may be on its way to the next. */
const CALM_LOOKS = 3;
const CONNECT_MS = 5_000;

/** When to give up, and since when nobody writes the source. */
export interface QuietOptions {
  readonly writtenAtMs: number;
  readonly timeoutMs: number;
}

/** Waits until nothing is under way in any part. @returns what still was when the time was over; null when all is quiet */
export async function waitUntilQuiet(
  test: WatchedHub,
  { writtenAtMs, timeoutMs }: QuietOptions,
): Promise<string | null> {
  const endsAt = Date.now() + timeoutMs;
  for (let calm = 0; calm < CALM_LOOKS;) {
    const unrest = await look(test, writtenAtMs);
    calm = unrest.length === 0 ? calm + 1 : 0;
    if (unrest.length > 0 && Date.now() > endsAt) return unrest.join('; ');
    await sleep(300);
  }
  return null;
}

/** A part that does not answer is not quiet; why it does not is told when the time is over. */
async function look(test: WatchedHub, writtenAtMs: number): Promise<string[]> {
  const client = new pg.Client({ connectionString: test.hub.databaseUrl, connectionTimeoutMillis: CONNECT_MS });
  client.on('error', () => undefined); // the query in flight tells it
  try {
    await client.connect();
    return await findUnrest(test, client, writtenAtMs);
  } catch (error) {
    return [error instanceof Error ? `${error.name}: ${error.message}` : String(error)];
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function findUnrest(test: WatchedHub, client: pg.Client, writtenAtMs: number): Promise<string[]> {
  const { processes } = test.hub;
  const golden = await processes.call<GoldenStatus>('golden', '/status');
  const counts: Record<string, number> = {
    'golden outbox rows': golden.outboxRows,
    'open holds': golden.openHolds,
    'golden lag': await findGoldenLag(test, client),
  };
  for (const { id: system } of test.hub.file.systems) {
    const status = await processes.call<SystemStatus>(`connector-${system}`, '/status');
    const plan = await processes.call<PlanReport>(`connector-${system}`, '/plan?samples=0');
    const polledAtMs = Date.parse(status.entities[0]?.caughtUpAt ?? '1970-01-01T00:00:00Z');
    counts[`${system} unread ms`] = Math.max(0, writtenAtMs + SWEPT_MS - polledAtMs);
    counts[`${system} outbox rows`] = status.outboxRows;
    counts[`${system} lag`] = plan.entities.reduce((sum, { lag }) => sum + lag, 0);
    counts[`${system} due rows`] = status.entities.reduce((sum, { due }) => sum + due, 0);
    counts[`${system} open intents`] = status.entities.reduce((sum, { openIntents }) => sum + openIntents, 0);
  }
  return Object.entries(counts).flatMap(([name, count]) => (count === 0 ? [] : [`${name}: ${count}`]));
}

/** Change events that golden has not merged yet; its API does not tell, so its applied offsets are looked at. */
async function findGoldenLag({ hub, reader }: WatchedHub, client: pg.Client): Promise<number> {
  const names = topicNames(hub.file.hub.topicPrefix);
  const { rows } = await client.query<{ topic: string; applied: string }>(
    `SELECT topic, sum(next_offset)::text AS applied FROM "${schemaName(hub.file, 'golden')}".applied_offset GROUP BY topic`,
  );
  const applied = new Map(rows.map((row) => [row.topic, BigInt(row.applied)]));
  let lag = 0n;
  for (const { id: system } of hub.file.systems) {
    const topic = names.change(system, 'product');
    for (const end of (await reader.endOffsets(topic)).values()) lag += end;
    lag -= applied.get(topic) ?? 0n;
  }
  return Number(lag);
}
