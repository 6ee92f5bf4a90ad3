import type { UserEdit } from './history.js';
import { valueOf } from './product-value.js';
import type { SeededRandom } from './seeded-random.js';
import type { Stores } from './stores.js';
import { transact } from './transact.js';
import { sleep, type Workload } from './workload.js';

/** What the users of the shop work with. */
export interface ShopUsersOptions {
  readonly stores: Stores;
  readonly random: SeededRandom;
  readonly workload: Pick<Workload, 'idleKeys' | 'revisionOf'>;
}

const ROLLED_BACK = 0.08;
const OUTAGE_MS = 300;
const BURST_PAUSE_MS = 15;

/**
 * Users of the shop, who rename products although the ERP owns their names: the hub must hear each name before it writes
 * its own over it. A product is renamed once at most between two revisions: a third time would park it.
 */
export class ShopUsers {
  readonly edits: UserEdit[] = [];
  private readonly renamed = new Map<string, number>();
  private number = 0;
  private isStopping = false;

  constructor(private readonly options: ShopUsersOptions) {}

  /** Resolves after {@link stop}, when nothing is under way. May be begun again. */
  async keepEditing(): Promise<void> {
    const { random, workload } = this.options;
    this.isStopping = false;
    while (!this.isStopping) {
      await sleep(random.between(60, 240));
      const { idleKeys } = workload;
      const key = idleKeys[random.between(0, Math.max(0, idleKeys.length - 1))];
      if (key !== undefined) await this.rename(key, random.chance(ROLLED_BACK) ? 'rolled-back' : 'committed');
    }
  }

  stop(): void {
    this.isStopping = true;
  }

  /** Renames many, each in a transaction of its own, one soon after the other. */
  async burst(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      await this.rename(key, 'committed');
      await sleep(BURST_PAUSE_MS);
    }
  }

  private async rename(key: string, wanted: 'committed' | 'rolled-back'): Promise<void> {
    const { stores, workload } = this.options;
    const revision = workload.revisionOf(key);
    if (this.renamed.get(key) === revision) return;
    this.renamed.set(key, revision);
    this.number += 1;
    const name = `Laden ${this.number}, ${key}`;
    let rows = 0;
    const outcome = await transact(stores.pool, wanted, async (client) => {
      const text = 'UPDATE shop.product SET name_de = $1 WHERE sku = $2';
      rows = (await client.query(text, [name, key])).rowCount ?? 0;
    });
    const value = valueOf({ name: { de: name } });
    if (rows > 0) this.edits.push({ key, name, value, outcome, atMs: Date.now() });
    if (outcome !== wanted) await sleep(OUTAGE_MS);
  }
}
