import { afterEach, describe, expect, test } from '@jest/globals';
import type { DriftItem, RoundReport } from '#contracts';
import { HubUnderTest } from './hub-under-test.js';
import { OWNED } from './owned-category.js';

const ARTICLES = 300;
const ROUNDS = 4;
/** Nobody edits these: drift is planted on them. */
const COLD = ['A-291', 'A-295', 'A-300'];
const HOT = 40;

/**
 * P1 to P3 of the reconciler on real PostgreSQL: users of both systems write without a pause, what they wrote in the shop is
 * read late, and rounds go on meanwhile. A judge that is wrong finds drift where there is only lag.
 */
describe('what a round finds while users write', () => {
  let hub: HubUnderTest;
  let users: Users;

  const start = async (...planted: string[]): Promise<void> => {
    hub = await HubUnderTest.start({ processes: 'one', systems: OWNED, planted: ['slow-pages', ...planted] });
    await hub.fillShop(ARTICLES);
    await hub.untilRead('shop');
    users = new Users(hub);
  };
  const driftOf = async ({ id }: RoundReport): Promise<string[]> => {
    const items = await hub.test.hub.processes.call<DriftItem[]>('reconciler', `/rounds/${id}/drift?limit=1000`);
    return items.filter(({ kind }) => kind !== 'undecided').map(({ kind, externalId }) => `${kind} ${externalId}`);
  };
  /** As many rounds as it takes to find something, one after the other; at most {@link ROUNDS}. */
  const findFalseDrift = async (): Promise<string[]> => {
    for (let round = 1; round <= ROUNDS; round += 1) {
      const found = await driftOf(await hub.judgedRound('shop'));
      if (found.length > 0) return found;
    }
    return [];
  };

  afterEach(async () => {
    await users.stop();
    await hub.drop();
  });

  test('P1 soundness, P2 completeness, P3 convergence: nothing but what was planted, all of it, and then nothing', async () => {
    await start();
    users.start();
    expect(await findFalseDrift()).toEqual([]);
    await hub.silently(`UPDATE shop.product SET brand = 'by hand' WHERE sku = ANY($1)`, [COLD]);
    const found = await hub.round('shop');
    expect(found).toMatchObject({
      state: 'verified',
      changed: COLD.length,
      fixed: COLD.length,
      missing: 0,
      foreign: 0,
    });
    expect((await driftOf(found)).sort()).toEqual(COLD.map((sku) => `changed ${sku}`));
    await users.stop();
    await hub.untilEqual();
    await hub.untilRead('shop');
    expect(await hub.round('shop')).toMatchObject({ state: 'clean', changed: 0, missing: 0, foreign: 0 });
    expect(users.edits).toBeGreaterThan(100);
  });

  test.each(['single-pass-judge', 'min-age-judge', 'store-first-judge'])(
    'P1 catches the mutant: %s',
    async (mutant) => {
      await start(mutant);
      users.start();
      expect((await findFalseDrift()).length).toBeGreaterThan(0);
    },
  );
});

/** People who write a few records of both systems again and again. */
class Users {
  edits = 0;
  private isStopping = false;
  private working: Promise<unknown> = Promise.resolve();

  constructor(private readonly hub: HubUnderTest) {}

  start(): void {
    this.working = Promise.all([
      this.edit('UPDATE shop.product SET category = $2 WHERE sku = $1'),
      this.edit('UPDATE erp.article SET maker = $2 WHERE article_no = $1'),
    ]);
    this.working.catch(() => undefined); // told by stop
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    await this.working;
  }

  private async edit(statement: string): Promise<void> {
    for (let n = 0; !this.isStopping; n += 1) {
      await this.hub.sql(statement, [`A-${1 + (n % HOT)}`, `value ${n}`]);
      this.edits += 1;
    }
  }
}
