import { jest } from '@jest/globals';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { topicNames, type RoundReport, type SystemStatus, type TopicNames } from '#contracts';
import { eventually } from '#testing';
import type { SystemId } from '#kernel';
import { HubProcesses, reservePorts, type ServerAddresses, type ServiceName } from '#hub-runner';
import { ROOT } from '../faults/servers.js';
import { TestHub, type TestHubOptions } from '../faults/test-hub.js';
import { serverAddresses } from '../harness/servers.js';

export const [ERP, SHOP] = ['erp', 'shop'] as unknown as readonly [SystemId, SystemId];
/** How long anything may take on a busy machine. */
export const PATIENCE = { timeoutMs: 60_000, intervalMs: 100 };

jest.setTimeout(240_000);

/** What a test says of its hub; one process is quicker to start, several can be killed one at a time; or these, in their order. */
export interface HubUnderTestOptions {
  readonly processes: 'one' | 'each' | readonly ServiceName[];
  readonly systems?: string;
  /** Names of mutants and aids (`test/faults/mutants`) that are planted in its processes; none unless given. */
  readonly planted?: readonly string[];
  /** More tables, before the hub starts. */
  readonly prepare?: (test: TestHub) => Promise<void>;
}

/** The addresses of this test run, as processes take them. */
export function processAddresses(): ServerAddresses {
  const { kafkaBrokers, registryUrl, databaseUrl, redisUrl } = serverAddresses();
  const rest = { REGISTRY_URL: registryUrl, DATABASE_URL: databaseUrl, REDIS_URL: redisUrl };
  return { KAFKA_BROKERS: kafkaBrokers.join(','), ...rest };
}

/** A hub between an ERP and a shop, seen through public doors: tables of the systems, topics, HTTP. */
export class HubUnderTest {
  readonly topics: TopicNames;
  /** The database of the hub's own processes. */
  readonly database: pg.Client;

  private constructor(
    readonly test: TestHub,
    /** Holds the logs of its processes. */
    readonly folder: string,
  ) {
    this.topics = topicNames(test.hub.file.hub.topicPrefix);
    this.database = new pg.Client({ connectionString: test.hub.databaseUrl });
  }

  static async start({ processes, systems, planted, prepare }: HubUnderTestOptions): Promise<HubUnderTest> {
    const folder = mkdtempSync(join(tmpdir(), 'plumbline-e2e-'));
    const servers = processAddresses();
    const test = await TestHub.create({
      ...{ servers, folder, partitions: 2 },
      ...(systems !== undefined && { systems }),
      ...(planted !== undefined && planting(planted)),
    });
    const hub = new HubUnderTest(test, folder);
    try {
      await hub.database.connect();
      await prepare?.(test);
      await hub.startProcesses(processes);
      return hub;
    } catch (error) {
      await hub.drop();
      throw error;
    }
  }

  /** Starts the hub's processes and waits until each part is ready. */
  async startProcesses(which: HubUnderTestOptions['processes']): Promise<void> {
    const { processes } = this.test.hub;
    if (which === 'each') await processes.startAll();
    else for (const service of which === 'one' ? (['all-in-one'] as const) : which) await processes.start(service);
  }

  /** Starts a second process of a service, on ports of its own. @returns it, to be stopped before the hub is dropped */
  async startReplica(service: ServiceName): Promise<HubProcesses> {
    const { options } = this.test.hub.processes;
    const port = await reservePorts(20);
    const folder = join(this.folder, 'replica');
    mkdirSync(folder);
    const hubFile = join(folder, 'plumbline.yaml');
    writeFileSync(hubFile, readFileSync(options.hubFile, 'utf8').replace(`port: ${options.port}`, `port: ${port}`));
    const replica = new HubProcesses({ ...options, folder, hubFile, port });
    await replica.start(service);
    return replica;
  }

  async drop(): Promise<void> {
    await this.database.end();
    await this.test.drop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Runs a statement as a user of the systems, not as the hub. */
  async sql<Row extends object = Record<string, unknown>>(
    text: string,
    values: readonly unknown[] = [],
  ): Promise<Row[]> {
    return (await this.test.stores.pool.query<Row>(text, [...values])).rows;
  }

  /** As {@link sql}, with no trigger firing: no cursor can see what it changed, and no audit tells of it. */
  async silently(text: string, values: readonly unknown[] = []): Promise<void> {
    const client = await this.test.stores.pool.connect();
    await client.query('BEGIN; SET LOCAL session_replication_role = replica');
    await client.query(text, [...values]);
    await client.query('COMMIT');
    client.release();
  }

  /** Articles `A-1` … in the ERP. */
  async addArticles(count: number): Promise<void> {
    await this.sql(
      `INSERT INTO erp.article (article_no, title_de, maker, weight_g)
       SELECT 'A-' || i, 'Titel ' || i, 'Maker ' || i, i FROM generate_series(1, $1) AS i`,
      [count],
    );
  }

  /** Lets the hub write the shop, and waits until it has that many articles of the ERP. */
  async fillShop(count: number): Promise<void> {
    await this.test.hub.setMode('shop', 'write');
    await this.addArticles(count);
    await this.untilEqual();
  }

  /** Waits until both stores are equal. */
  async untilEqual(): Promise<void> {
    await eventually(async () => assertZero(await this.test.stores.countUnequal(), 'unequal rows'), PATIENCE);
  }

  /** Number of records that a topic has ever had. */
  async recordsOf(topic: string): Promise<number> {
    const ends = await this.test.reader.endOffsets(topic);
    return Number([...ends.values()].reduce((sum, end) => sum + end, 0n));
  }

  /** Waits until a system's reader has seen everything that was committed before this call. */
  async untilRead(system: 'erp' | 'shop'): Promise<void> {
    const wantedMs = Date.now() + 4_000; // twice the overlap: it has looked again for late commits
    await eventually(async () => {
      const status = await this.test.hub.processes.call<SystemStatus>(`connector-${system}`, '/status');
      assertZero(
        Math.max(0, wantedMs - Date.parse(status.entities[0]?.caughtUpAt ?? '1970-01-01T00:00:00Z')),
        'unread ms',
      );
    }, PATIENCE);
  }

  /** Waits until the hub has decided what to write into the shop, and its statement waits for a user's lock. */
  async untilHubWaits(): Promise<void> {
    await eventually(async () => {
      const waiting = await this.sql(
        `SELECT FROM pg_stat_activity WHERE usename = $1 AND wait_event_type = 'Lock' AND query LIKE 'UPDATE%'`,
        [this.test.stores.roleOf('shop')],
      );
      assertZero(waiting.length - 1, 'statements that do not wait');
    }, PATIENCE);
  }

  /** What the shop's connector says of itself. */
  shopStatus(): Promise<SystemStatus> {
    return this.test.hub.processes.call<SystemStatus>('connector-shop', '/status');
  }

  /** Runs a reconcile round to its end. */
  async round(system: string): Promise<RoundReport> {
    return this.startRound(system, ({ endedAt, state }) => endedAt !== null || state === 'held');
  }

  /** Runs a reconcile round until its scan was judged; to its end where there is nothing to repair. */
  async judgedRound(system: string): Promise<RoundReport> {
    return this.startRound(system, ({ endedAt, state }) => endedAt !== null || !['scanning', 'clean'].includes(state));
  }

  private async startRound(system: string, isDone: (round: RoundReport) => boolean): Promise<RoundReport> {
    const { processes } = this.test.hub;
    const [started] = await processes.call<RoundReport[]>('reconciler', '/rounds', { system });
    return eventually(async () => {
      const round = await processes.call<RoundReport>('reconciler', `/rounds/${started?.id}`);
      if (!isDone(round)) throw new Error(`the round is still ${round.state}: ${round.problem ?? 'no problem'}`);
      return round;
    }, PATIENCE);
  }
}

function planting(names: readonly string[]): Pick<TestHubOptions, 'variables' | 'nodeArguments'> {
  const nodeArguments = ['--import', join(ROOT, 'dist/test/faults/mutants/plant.js')];
  return { variables: { PLUMBLINE_PLANTED: names.join() }, nodeArguments };
}

function assertZero(value: number, what: string): void {
  if (value !== 0) throw new Error(`${what}: ${value}`);
}
