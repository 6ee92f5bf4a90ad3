import type pg from 'pg';
import type { JournalEntry } from './history.js';
import { transact } from './transact.js';
import { makerOf, revisionValue, titleOf } from './product-value.js';
import type { SeededRandom } from './seeded-random.js';
import type { Stores } from './stores.js';

/** How much is done to the source. */
export interface WorkloadOptions {
  readonly stores: Stores;
  readonly random: SeededRandom;
  readonly products: number;
}

const EDITORS = 2;
const PAGES = 40;
const ROLLED_BACK = 0.08;
const SLOW = 0.1;
const UNMAPPED = 0.05;
const BURST = 200;
const LONGEST_MS = 150;
/** Pause after a transaction that the server did not answer. */
const OUTAGE_MS = 300;

/**
 * An import with edits: products come page by page, while editors change those that are there. Each revision of a key has
 * a value of its own. Some transactions are rolled back, some stay open for a while, some touch only an unmapped column.
 */
export class Workload {
  /** What was done, per key in commit order: an editor has a key to itself. */
  readonly journal: JournalEntry[] = [];
  edits = 0;
  private readonly revisions = new Map<string, number>();
  private readonly free: string[] = [];
  private readonly bursts: SeededRandom;
  private isStopping = false;

  constructor(private readonly options: WorkloadOptions) {
    this.bursts = options.random.fork();
  }

  /** Resolves when everything is imported and, after {@link stop}, nothing is under way. */
  async run(): Promise<void> {
    await Promise.all([this.import(), this.keepEditing()]);
  }

  /** Edits what was imported, until {@link stop}; resolves when nothing is under way. May be begun again. */
  async keepEditing(): Promise<void> {
    const { random } = this.options;
    this.isStopping = false;
    await Promise.all(Array.from({ length: EDITORS }, () => this.edit(random.fork())));
  }

  /** Products that no transaction of this workload is changing at the moment. */
  get idleKeys(): readonly string[] {
    return this.free;
  }

  /** Number of the last revision that was begun of a key; 0 before the first. */
  revisionOf(key: string): number {
    return this.revisions.get(key) ?? 0;
  }

  /** Lets the editors end; an import goes on without pauses until it is done. */
  stop(): void {
    this.isStopping = true;
  }

  /** Changes many products in one transaction, so that every part of the hub has work for a moment. */
  async burst(): Promise<void> {
    const keys = this.free.splice(0, BURST);
    if (keys.length === 0) return;
    await this.write(this.bursts, keys, 'committed');
    this.edits += keys.length;
    this.free.push(...keys);
  }

  /** Imports every product, page by page; without pauses once {@link stop} was called. */
  async import(): Promise<void> {
    const { products } = this.options;
    const random = this.options.random.fork();
    const pageSize = Math.ceil(products / PAGES);
    for (let from = 0; from < products; from += pageSize) {
      const keys = Array.from({ length: Math.min(pageSize, products - from) }, (_, index) => keyOf(from + index));
      if (random.chance(ROLLED_BACK)) await this.write(random, keys, 'rolled-back');
      await this.write(random, keys, 'committed');
      this.free.push(...keys);
      if (!this.isStopping) await sleep(random.between(200, 1_200));
    }
  }

  private async edit(random: SeededRandom): Promise<void> {
    while (!this.isStopping) {
      await sleep(random.between(10, 60));
      const place = random.between(0, Math.max(0, this.free.length - 1));
      const [key] = this.free.splice(place, 1);
      if (key === undefined) continue;
      if (random.chance(UNMAPPED)) await this.touch(key);
      else {
        await this.write(random, [key], random.chance(ROLLED_BACK) ? 'rolled-back' : 'committed');
        this.edits += 1;
      }
      this.free.push(key);
    }
  }

  /** One transaction that gives each key its next revision. A number that was rolled back is never used again. */
  private async write(
    random: SeededRandom,
    keys: readonly string[],
    wanted: 'committed' | 'rolled-back',
  ): Promise<void> {
    const pauseMs = random.chance(SLOW) ? random.between(0, LONGEST_MS) : 0;
    const rows = keys.map((key) => ({ key, revision: this.nextRevision(key) }));
    const outcome = await transact(this.options.stores.pool, wanted, async (client) => {
      await upsert(client, rows);
      await sleep(pauseMs);
    });
    const atMs = Date.now();
    for (const { key, revision } of rows)
      this.journal.push({ key, value: revisionValue(key, revision), outcome, atMs });
    if (outcome !== wanted) await sleep(OUTAGE_MS);
  }

  private async touch(key: string): Promise<void> {
    await transact(this.options.stores.pool, 'committed', (client) =>
      client.query('UPDATE erp.article SET note = now()::text WHERE article_no = $1', [key]),
    );
  }

  private nextRevision(key: string): number {
    const revision = (this.revisions.get(key) ?? 0) + 1;
    this.revisions.set(key, revision);
    return revision;
  }
}

async function upsert(client: pg.PoolClient, rows: readonly { key: string; revision: number }[]): Promise<void> {
  await client.query(
    `INSERT INTO erp.article (article_no, title_de, maker, weight_g)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::int[])
     ON CONFLICT (article_no) DO UPDATE
     SET title_de = excluded.title_de, maker = excluded.maker, weight_g = excluded.weight_g`,
    [
      rows.map(({ key }) => key),
      rows.map(({ key, revision }) => titleOf(key, revision)),
      rows.map(({ revision }) => makerOf(revision)),
      rows.map(({ revision }) => revision),
    ],
  );
}

function keyOf(index: number): string {
  return `P-${String(index + 1).padStart(6, '0')}`;
}

/** Waits so many milliseconds. */
export function sleep(ms: number): Promise<void> {
  return ms > 0 ? new Promise((resolve) => setTimeout(resolve, ms)) : Promise.resolve();
}
