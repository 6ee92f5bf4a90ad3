import type { EntityStatus } from '#contracts';
import type { ScratchHub } from '#hub-runner';
import { Database } from '#store-postgres';

/** The connector of the one system that these hubs have. */
export const CONNECTOR = 'connector-shop' as const;

const LOAD_TIMEOUT_MS = 30 * 60_000;

/** What closes what was opened, to be called in reverse. */
export type Closers = (() => unknown)[];

/** Calls them all, the last first, and empties the list. */
export async function closeAll(closers: Closers): Promise<void> {
  for (const closer of closers.splice(0).reverse()) await closer();
}

/** Node's arguments by which a hub's processes write CPU profiles; none without a folder. */
export function profiling(folder: string | undefined): { readonly nodeArguments?: readonly string[] } {
  return folder === undefined ? {} : { nodeArguments: ['--cpu-prof', `--cpu-prof-dir=${folder}`] };
}

/** Starts connector and reconciler, and waits until the mirror holds so many live products. */
export async function startHub({ processes }: ScratchHub, live: number): Promise<void> {
  await Promise.all([processes.start(CONNECTOR), processes.start('reconciler')]);
  for (;;) {
    const { entities } = await processes.call<{ entities: readonly EntityStatus[] }>(CONNECTOR, '/status');
    if (entities[0]?.live === live) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Opens a database for loading: a statement may take half an hour. */
export async function connect(url: string, schema: string, closers: Closers): Promise<Database> {
  const options = { url, schema, applicationName: 'bench', poolSize: 2, statementTimeoutMs: LOAD_TIMEOUT_MS };
  const database = await Database.connect(options, []);
  closers.push(() => database.close());
  return database;
}
