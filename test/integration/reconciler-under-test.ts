import type { Entity, Hold, RoundReport } from '#contracts';
import { topicsOf, type HubFile, type HubTopic } from '#hub-file';
import { startRoundWorker, type RoundWorker } from '#jobs-bullmq';
import { silentLogger, type HubError, type SystemId } from '#kernel';
import { KafkaTopics } from '#messaging-kafka';
import { createMetrics, type RunningApp } from '#observability';
import type { RoundDifference, RoundHandler, RoundJob, ScanEvidence } from '#reconciliation';
import { aSummary, differencesOf } from '#reconciliation/testing';
import { Database } from '#store-postgres';
import { eventually } from '#testing';
import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import { startReconciler } from '../../apps/reconciler/start-reconciler.js';
import { serverAddresses, unique } from '../harness/servers.js';

const SHOP = 'shop' as SystemId;
const TOKEN = 'token-of-this-test';
const DAY_MS = 24 * 60 * 60_000;
const LIMITS = { maxChangedShare: 0.02, minChanged: 50, maxDeleteShare: 0.005, minDeletes: 5, maxShrinkShare: 0.02 };
const entities: readonly Entity[] = ['customer', 'price', 'product', 'stock-level'];
const forAll = <T>(value: T) => Object.fromEntries(entities.map((entity) => [entity, value])) as Record<Entity, T>;

function aHubFile(topicPrefix: string): HubFile {
  const product = { source: 'product', key: ['sku'], fields: {}, options: {} };
  return {
    hub: { name: 'test', topicPrefix, port: 1 },
    systems: [{ id: SHOP, connector: 'sql', mode: 'write', config: {}, entities: { product } }],
    survivorship: {},
    liveLimits: forAll({
      ...{
        windowMs: 60_000,
        maxChangedShare: 1,
        minChanged: 1,
        maxDeleteShare: 1,
        minDeletes: 1,
        toZero: {},
        changedBy: {},
      },
    }),
    repairLimits: forAll(LIMITS),
    reconcile: { everyMs: DAY_MS, keepRoundsMs: 90 * DAY_MS, keepAuditMs: 400 * DAY_MS, maxRateShare: 0.2 },
    objectives: [
      {
        ...{ system: null, entity: null },
        objective: { confirmedEqual: 0.999, converge: { share: 0.99, ms: DAY_MS }, openDriftMs: DAY_MS },
      },
    ],
  };
}

const EVIDENCE: ScanEvidence = {
  ...{ unequal: 5, absent: 2 },
  population: { records: 10_000, isSample: false, counts: { brand: { '<b>X': 300, Y: 9_700 } } },
};

/** A host over a store of 10,000 records: damage is found by scans and gone once it was committed. */
class FakeHost {
  damage = 0;
  /** The damage, where it is to be told apart. */
  found: RoundDifference[] | null = null;
  readonly asked: RoundJob['kind'][] = [];
  private worker: RoundWorker | null = null;
  private setAside: { digest: string; ids: string[] } | null = null;

  constructor(private readonly prefix: string) {}

  start(): void {
    const { redisUrl } = serverAddresses();
    const handler = (async (job: RoundJob) => this.answer(job)) as RoundHandler;
    this.worker = startRoundWorker({ redisUrl, prefix: this.prefix, logger: silentLogger, system: SHOP }, handler);
  }

  async stop(): Promise<void> {
    await this.worker?.close();
  }

  private answer(job: RoundJob): unknown {
    this.asked.push(job.kind);
    const ids = this.setAside?.ids ?? [];
    switch (job.kind) {
      case 'scan': {
        const found = this.found ?? differencesOf('changed', this.damage);
        const summary = aSummary(found, { roundId: job.roundId, evidence: EVIDENCE });
        this.setAside = { digest: `${this.damage} damaged`, ids: summary.differences.map((item) => item.externalId) };
        return { ...summary, digest: this.setAside.digest };
      }
      case 'commit':
        if (job.digest !== `${this.damage} damaged`) return { outcome: 'stale', rows: 0 };
        [this.damage, this.found] = [0, null];
        return { outcome: 'committed', rows: ids.length };
      case 'verify':
        return { fixed: ids, unfixed: [], pending: 0 };
      case 'discard':
        this.setAside = null;
        return { rows: ids.length };
    }
  }
}

/** The reconciler over real servers, with a host that is played. Make it at the top of a file. */
export class ReconcilerUnderTest {
  readonly kafka = new KafkaTopics({ brokers: serverAddresses().kafkaBrokers, clientId: 'reconciler-test' });
  readonly host: FakeHost;
  readonly topics: readonly HubTopic[];
  private readonly file: HubFile;
  private readonly schema: string;
  private readonly fatal: HubError[] = [];
  private app: RunningApp | null = null;

  constructor() {
    const prefix = `${unique('rec')}.`;
    this.file = aHubFile(prefix);
    this.host = new FakeHost(prefix);
    this.schema = `${prefix}reconciler`.replace('.', '_');
    this.topics = topicsOf(this.file).filter(({ kind }) => kind === 'hub');
    beforeAll(async () => {
      await this.kafka.ensure(this.topics);
      this.app = await this.start();
      this.host.start();
    });
    afterEach(() => expect(this.fatal).toEqual([]));
    afterAll(async () => {
      await this.app?.close();
      await this.host.stop();
      await this.query(`DROP SCHEMA "${this.schema}" CASCADE`);
      await this.kafka.deleteTopics(this.topics.map(({ name }) => name));
      await this.kafka.close();
    });
  }

  get url(): string {
    return this.app?.url ?? '';
  }

  /** One more process of the same hub. */
  start(): Promise<RunningApp> {
    const { kafkaBrokers: brokers, registryUrl, databaseUrl, redisUrl } = serverAddresses();
    return startReconciler({
      file: this.file,
      servers: { brokers, registryUrl, databaseUrl, redisUrl },
      http: { host: '127.0.0.1', port: 0, token: TOKEN },
      logger: silentLogger,
      metrics: createMetrics({ processMetrics: false }),
      onFatal: (error) => this.fatal.push(error),
      leaseMs: 2_000,
      hostWaitMs: 1_000,
    });
  }

  async restart(): Promise<void> {
    await this.app?.close();
    this.app = await this.start();
  }

  async query(text: string): Promise<void> {
    const options = { url: serverAddresses().databaseUrl, schema: this.schema, applicationName: 'reconciler test' };
    const database = await Database.connect(options, []);
    await database.query(text);
    await database.close();
  }

  async call<T>(path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.url}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return (await response.json()) as T;
  }

  get(path: string): Promise<Response> {
    return fetch(`${this.url}${path}`, { headers: { authorization: `Bearer ${TOKEN}` } });
  }

  /** @returns its id */
  async startRound(): Promise<string> {
    const [round] = await this.call<RoundReport[]>('/rounds', { system: 'shop' });
    return round?.id ?? '';
  }

  inState(id: string, state: RoundReport['state']): Promise<RoundReport> {
    return eventually(
      async () => {
        const round = await this.call<RoundReport>(`/rounds/${id}`);
        expect(round).toMatchObject({ state });
        return round;
      },
      { timeoutMs: 30_000 },
    );
  }

  /** The last job of a round runs after its state is final. */
  askedToEnd(): Promise<void> {
    return eventually(() => expect(this.host.asked.at(-1)).toBe('discard'), { timeoutMs: 10_000 });
  }

  async openHold(): Promise<Hold> {
    const [hold] = await this.call<Hold[]>('/holds?state=open');
    if (!hold) throw new Error('no hold is open');
    return hold;
  }
}
