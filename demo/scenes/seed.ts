import type { ChildProcess } from 'node:child_process';
import { createDatabase, dropDatabase } from '#hub-runner';
import { BackgroundWrites } from '../background-writes.js';
import { grouped, type Findings, type SceneFigures } from '../report.js';
import { SqlStore } from '../stores/sql-store.js';
import { pause, until } from '../wait.js';
import type { Scene, World } from '../world.js';
import { untilAgreed } from './agreed.js';

const WRITES_PER_SECOND = 200;
/** How long changes go on after the hand-over to live events. */
const FOLLOW_MS = 2_000;
const TABLE = 'catalogue';

interface SeedCheck {
  readonly isEqual: boolean;
  readonly source: { readonly live: number };
  readonly target: { readonly live: number };
  readonly keys: readonly { readonly key: string; readonly difference: string }[];
  readonly undecided: number;
  readonly digest_source: string;
  readonly digest_target: string;
}
type Offsets = Readonly<Record<string, string>>;

/** Scene 5: a new service is seeded while the world goes on, killed, and follows without a gap. */
export const seed: Scene = {
  name: 'seed',
  title: 'Scene 5: a new service is seeded from the golden topic at 200 writes/s, with a kill -9 in the middle',
  run: async (world: World, findings: Findings): Promise<Partial<SceneFigures>> => {
    const service = new SqlStore('service', await createDatabase(world.serverUrl, `demo_service_${Date.now()}`));
    try {
      return await new SeedScene(world, service, findings).run();
    } finally {
      await service.close();
      await dropDatabase(world.serverUrl, service.url);
    }
  },
};

class SeedScene {
  private readonly args: readonly string[];

  constructor(
    private readonly world: World,
    private readonly service: SqlStore,
    private readonly findings: Findings,
  ) {
    this.args = ['product', '--to', service.url, '--table', TABLE];
  }

  async run(): Promise<Partial<SceneFigures>> {
    const { screen, stores } = this.world;
    const writes = startWrites(this.world);
    const killed = await this.seedAndKill();
    await this.expectResumesAt(killed.offsets);
    const second = this.startSeed();
    try {
      const startedAtMs = Date.now();
      await until('the new service follows live', () => this.isLive(second), { timeoutMs: 90_000 });
      screen.line(`  Restarted; live after ${((Date.now() - startedAtMs) / 1000).toFixed(1)} s.`);
      await pause(FOLLOW_MS);
      const rows = await writes.stop();
      await untilAgreed(this.world, ['product']);
      const equal = await this.untilEqual();
      const rowsLive = await this.countRows();
      this.findings.expect('live records in the new service', stores.products.length, rowsLive);
      this.findings.expect('digest of the new service', equal.digest_source, equal.digest_target);
      screen.table(
        ['rows when killed', 'writes meanwhile', 'records in topic', 'in service', 'digest of topic', 'of service'],
        [[killed.rows, rows, equal.source.live, rowsLive, equal.digest_source, equal.digest_target]],
      );
      const found = await this.tamper();
      return { planted: 1, found, digest_source: equal.digest_source, digest_target: equal.digest_target };
    } finally {
      await writes.stop();
      second.kill('SIGTERM');
    }
  }

  private startSeed(): ChildProcess {
    return this.world.hub.cli.spawn(['seed', ...this.args, '--yes', '--follow']);
  }

  /** Kills the process when a part of the records is there, and proves that it was in the middle. */
  private async seedAndKill(): Promise<{ readonly rows: number; readonly offsets: Offsets }> {
    const { screen, stores } = this.world;
    const total = stores.products.length;
    const child = this.startSeed();
    const ended = new Promise((resolve) => child.once('exit', resolve));
    try {
      await until('a part is seeded', async () => (await this.countRows()) >= total * 0.15, {
        timeoutMs: 60_000,
        everyMs: 5,
      });
    } finally {
      child.kill('SIGKILL');
      await ended;
    }
    const rows = await this.countRows();
    if (rows <= 0 || rows >= total) this.findings.fail(`the kill came not in the middle: ${rows} of ${total} rows`);
    const offsets = await this.readOffsets();
    screen.line(`  kill -9 at ${grouped(rows)} of ${grouped(total)} records, offsets ${JSON.stringify(offsets)}.`);
    return { rows, offsets };
  }

  /** The restarted seed goes on at exactly the offsets that the last committed page left. */
  private async expectResumesAt(offsets: Offsets): Promise<void> {
    interface Plan {
      readonly plan: { readonly partitions: readonly { readonly partition: number; readonly fromOffset: string }[] };
    }
    const { plan } = await this.world.hub.cli.json<Plan>(['seed', ...this.args, '--plan']);
    const next = Object.fromEntries(plan.partitions.map(({ partition, fromOffset }) => [partition, fromOffset]));
    this.findings.expect('offsets at which the seed goes on', offsets, next);
  }

  private async isLive(child: ChildProcess): Promise<boolean> {
    if (child.exitCode !== null) throw new Error(`the seed ended with ${child.exitCode}`);
    const [row] = await this.service.query<{ live: boolean }>(
      `SELECT bool_and(state = 'live') AS live FROM ${TABLE}_seed`,
    );
    this.world.screen.progress(`seeding: ${await this.countRows()} records`);
    return row?.live ?? false;
  }

  /** `plumbline seed check`, again while the last changes are still on their way. */
  private async untilEqual(): Promise<SeedCheck> {
    let last: SeedCheck | null = null;
    await until('topic and service are equal', async () => {
      last = await this.check();
      return last.isEqual && last.undecided === 0;
    });
    return last ?? this.check();
  }

  private check(): Promise<SeedCheck> {
    this.world.screen.progress('plumbline seed check');
    return this.world.hub.cli.json<SeedCheck>(['seed', 'check', ...this.args]);
  }

  /** One row is changed; the check names its key, and nothing else. */
  private async tamper(): Promise<number> {
    const { screen, stores, hub } = this.world;
    const sku = stores.products[24]?.sku ?? '';
    await this.service.query(`UPDATE ${TABLE} SET brand = brand || ' (tampered)' WHERE key = $1`, [sku]);
    const { code, stdout } = await hub.cli.run(['seed', 'check', ...this.args]);
    screen.quote(`plumbline seed check product    # after one row was tampered with: ${sku}`, stdout);
    const { keys } = await this.check();
    this.findings.expect('keys that the check names', [{ key: sku, difference: 'different' }], keys);
    this.findings.expect('exit code of the check', 1, code);
    return keys.length;
  }

  private async countRows(): Promise<number> {
    const [there] = await this.service.query<{ name: string | null }>(`SELECT to_regclass('${TABLE}_live') AS name`);
    if (!there?.name) return 0;
    const [row] = await this.service.query<{ count: string }>(`SELECT count(*) FROM ${TABLE}_live`);
    return Number(row?.count ?? 0);
  }

  private async readOffsets(): Promise<Offsets> {
    const rows = await this.service.query<{ partition: number; next_offset: string }>(
      `SELECT partition, next_offset FROM ${TABLE}_seed ORDER BY partition`,
    );
    return Object.fromEntries(rows.map(({ partition, next_offset }) => [partition, next_offset]));
  }
}

/** The ERP goes on changing articles while the new service is seeded. */
function startWrites({ stores: { erp, products } }: World): BackgroundWrites {
  return new BackgroundWrites(WRITES_PER_SECOND, async (rows, start) => {
    const ids = Array.from({ length: rows }, (_, index) => ((start + index) % products.length) + 1);
    await erp.query('UPDATE artikel SET gewicht_g = gewicht_g + 1 WHERE artikel_id = ANY ($1)', [ids]);
  });
}
