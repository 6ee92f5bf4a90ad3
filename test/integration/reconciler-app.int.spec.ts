import type { DriftItem, DriftReport, Entity, Hold, RoundReport } from '#contracts';
import { topicsOf, type HubFile } from '#hub-file';
import { startRoundWorker, type RoundWorker } from '#jobs-bullmq';
import { silentLogger, type HubError, type SystemId } from '#kernel';
import { KafkaTopics } from '#messaging-kafka';
import { createMetrics, type RunningApp } from '#observability';
import type { RoundDifference, RoundHandler, RoundJob, ScanEvidence } from '#reconciliation';
import { aSummary, differencesOf } from '#reconciliation/testing';
import { Database } from '#store-postgres';
import { eventually } from '#testing';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { startReconciler } from '../../apps/reconciler/start-reconciler.js';
import { serverAddresses, unique } from '../harness/servers.js';

jest.setTimeout(60_000);

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

describe('the reconciler', () => {
  const prefix = `${unique('rec')}.`;
  const hubFile = aHubFile(prefix);
  const host = new FakeHost(prefix);
  const fatal: HubError[] = [];
  let app: RunningApp;

  const start = () => {
    const { kafkaBrokers: brokers, registryUrl, databaseUrl, redisUrl } = serverAddresses();
    return startReconciler({
      file: hubFile,
      servers: { brokers, registryUrl, databaseUrl, redisUrl },
      http: { host: '127.0.0.1', port: 0, token: TOKEN },
      logger: silentLogger,
      metrics: createMetrics({ processMetrics: false }),
      onFatal: (error) => fatal.push(error),
      leaseMs: 2_000,
      hostWaitMs: 1_000,
    });
  };
  const schema = `${prefix}reconciler`.replace('.', '_');
  const query = async (text: string): Promise<void> => {
    const options = { url: serverAddresses().databaseUrl, schema, applicationName: 'reconciler test' };
    const database = await Database.connect(options, []);
    await database.query(text);
    await database.close();
  };
  const kafka = new KafkaTopics({ brokers: serverAddresses().kafkaBrokers, clientId: 'reconciler-test' });
  const topics = topicsOf(hubFile).filter(({ kind }) => kind === 'hub');

  beforeAll(async () => {
    await kafka.ensure(topics);
    app = await start();
    host.start();
  });
  afterEach(() => expect(fatal).toEqual([]));
  afterAll(async () => {
    await app.close();
    await host.stop();
    await query(`DROP SCHEMA "${schema}" CASCADE`);
    await kafka.deleteTopics(topics.map(({ name }) => name));
    await kafka.close();
  });

  async function call<T>(path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${app.url}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return (await response.json()) as T;
  }
  const get = (path: string): Promise<Response> =>
    fetch(`${app.url}${path}`, { headers: { authorization: `Bearer ${TOKEN}` } });
  const startRound = async (): Promise<string> => {
    const [round] = await call<RoundReport[]>('/rounds', { system: 'shop' });
    return round?.id ?? '';
  };
  const inState = (id: string, state: RoundReport['state']) =>
    eventually(
      async () => {
        const round = await call<RoundReport>(`/rounds/${id}`);
        expect(round).toMatchObject({ state });
        return round;
      },
      { timeoutMs: 30_000 },
    );
  /** The last job of a round runs after its state is final. */
  const askedToEnd = () => eventually(() => expect(host.asked.at(-1)).toBe('discard'), { timeoutMs: 10_000 });
  const openHold = async (): Promise<Hold> => {
    const [hold] = await call<Hold[]>('/holds?state=open');
    if (!hold) throw new Error('no hold is open');
    return hold;
  };

  test('repairs drift within the limits, proves it, and the next round is clean', async () => {
    host.damage = 60;
    const first = await startRound();
    expect(await inState(first, 'verified')).toMatchObject({ scanned: 10_000, changed: 60, fixed: 60, unfixed: 0 });
    const items = await call<DriftItem[]>(`/rounds/${first}/drift?limit=1000`);
    expect(items).toHaveLength(60);
    expect(new Set(items.map((item) => item.outcome))).toEqual(new Set(['fixed']));
    expect(await inState(await startRound(), 'clean')).toMatchObject({ changed: 0 });
    const drift = topics.find(({ name }) => name.includes('drift'))?.name ?? '';
    await eventually(async () => expect((await kafka.endOffsets(drift)).get(0)).toBe(120n), { timeoutMs: 20_000 });
  });

  test('holds a round over a limit until it is approved, and asks again when rows moved since', async () => {
    host.damage = 1_000;
    const id = await startRound();
    await inState(id, 'held');
    const hold = await openHold();
    expect(hold).toMatchObject({ id, kind: 'round', rule: 'changed-share', count: 1_000, limit: 200 });
    host.asked.length = 0;
    const early = await call<{ code: string }>(`/holds/${id}/approve`, { digest: 'other', actor: 'ann' });
    expect(early.code).toBe('HUB_APPROVAL_STALE');
    host.damage = 1_001;
    const approved = await call<Hold>(`/holds/${id}/approve`, { digest: hold.digest, actor: 'ann' });
    expect(approved).toMatchObject({ state: 'approved', decidedBy: 'ann' });
    await inState(id, 'held');
    const again = await openHold();
    expect(again).toMatchObject({ id, state: 'open', count: 1_001, digest: '1001 damaged', decidedBy: null });
    await call(`/holds/${id}/approve`, { digest: again.digest, actor: 'ann' });
    expect(await inState(id, 'verified')).toMatchObject({ fixed: 1_001 });
    await askedToEnd();
    expect(host.asked).toEqual(['commit', 'scan', 'commit', 'verify', 'discard']);
  });

  test('writes nothing of a rejected round', async () => {
    host.damage = 2_000;
    const id = await startRound();
    await inState(id, 'held');
    host.asked.length = 0;
    const { digest } = await openHold();
    const body = { digest, actor: 'ann' };
    expect(await call<Hold>(`/holds/${id}/reject`, body)).toMatchObject({ state: 'rejected', decidedBy: 'ann' });
    expect(await call<{ code: string }>(`/holds/${id}/approve`, body)).toMatchObject({ code: 'HUB_APPROVAL_STALE' });
    await inState(id, 'rejected');
    await askedToEnd();
    expect(host.asked).toEqual(['discard']);
    expect(host.damage).toBe(2_000);
    host.damage = 0;
  });

  test('goes on after a restart, and waits for a host that is away', async () => {
    host.damage = 3;
    await host.stop();
    const id = await startRound();
    await eventually(
      async () => expect((await call<RoundReport>(`/rounds/${id}`)).problem).toContain('HUB_SOURCE_UNREACHABLE'),
      { timeoutMs: 20_000 },
    );
    await app.close();
    app = await start();
    host.start();
    expect(await inState(id, 'verified')).toMatchObject({ fixed: 3, problem: null });
    await askedToEnd();
  });

  test('two reconcilers share the work without doubling it', async () => {
    const second = await start();
    try {
      host.damage = 5;
      host.asked.length = 0;
      await inState(await startRound(), 'verified');
      await askedToEnd();
      expect(host.asked).toEqual(['scan', 'commit', 'verify', 'discard']);
    } finally {
      await second.close();
    }
  });

  test('forgets at its start what is older than its hub file says', async () => {
    const old = `clock_timestamp() - interval '91 days'`;
    await query(`INSERT INTO round (id, system, entity, demanded, state, step, started_at, ended_at) VALUES
      ('old', 'shop', 'price', false, 'clean', NULL, ${old}, ${old}),
      ('kept', 'shop', 'price', false, 'clean', NULL, clock_timestamp(), clock_timestamp())`);
    expect(await call<RoundReport>('/rounds/old')).toMatchObject({ state: 'clean' });
    const second = await start();
    try {
      const isGone = async (): Promise<void> =>
        expect(await call('/rounds/old')).toMatchObject({ code: 'HUB_NOT_FOUND' });
      await eventually(isGone, { timeoutMs: 10_000 });
      expect(await call<RoundReport>('/rounds/kept')).toMatchObject({ state: 'clean' });
    } finally {
      await second.close();
    }
  });

  test('tells how drift stands, as data, page, table and metrics', async () => {
    host.damage = 40;
    const brand = (name: string, count: number): RoundDifference[] =>
      differencesOf('changed', count).map((one) => ({
        ...one,
        externalId: `${name} ${one.externalId}`,
        facts: { brand: name },
      }));
    host.found = [...brand('<b>X', 38), ...brand('Y', 2)];
    const id = await startRound();
    await inState(id, 'verified');
    const found = { system: 'shop', facet: 'brand', value: '<b>X', drift: 38, driftOf: 40, base: 'records' };
    expect(await call(`/rounds/${id}/attribution`)).toMatchObject([found]);
    const report = await call<DriftReport>('/report?since=1h&system=shop&entity=product');
    const [store] = report.stores;
    expect(store?.open).toEqual([]);
    expect(store?.confirmed).toMatchObject({ keys: 10_002, equal: 9_995 });
    expect(store?.converge.count).toBeGreaterThanOrEqual(40);
    expect(store?.objectives.map(({ objective, isMet }) => [objective, isMet])).toEqual([
      ['confirmedEqual', true],
      ['converge', true],
      ['openDrift', true],
    ]);
    expect(report.attribution).toContainEqual(expect.objectContaining({ facet: 'brand', value: '<b>X' }));
    expect(await call('/drift')).toMatchObject([{ system: 'shop', entity: 'product' }]);
    const page = await get('/report.html');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await page.text()).toContain('brand &lt;b&gt;X');
    const table = await get('/report.csv?since=1d');
    expect(table.headers.get('content-type')).toMatch(/^text\/csv/);
    expect(await table.text()).toContain('attribution,shop,product,brand,records,38,40');
    const metrics = await (await get('/metrics')).text();
    expect(metrics).toMatch(/plumbline_reconciler_converge_seconds_count\{system="shop",entity="product"\} [1-9]/);
    await eventually(
      async () => {
        const text = await (await get('/metrics')).text();
        expect(text).toMatch(/plumbline_reconciler_confirmed_equal_ratio\{system="shop",entity="product"\} 0\.9/);
        expect(text).toContain(
          'plumbline_reconciler_open_drift_records{system="shop",entity="product",kind="changed"} 0',
        );
        expect(text).toMatch(
          /plumbline_reconciler_objective_met\{system="shop",entity="product",objective="confirmedEqual"\} 1/,
        );
      },
      { timeoutMs: 30_000 },
    );
    expect(await call('/report?since=soon')).toMatchObject({ code: 'HUB_REQUEST_INVALID' });
    expect(await call('/report?system=No%20such')).toMatchObject({ code: 'HUB_REQUEST_INVALID' });
    expect(await call('/rounds/none/attribution')).toMatchObject({ code: 'HUB_NOT_FOUND' });
  });

  test('answers what is wrong with a request', async () => {
    expect(await call('/rounds', { system: 'none' })).toMatchObject({ code: 'HUB_NOT_FOUND' });
    expect(await call('/rounds', { system: 'shop', entity: 'price' })).toMatchObject({ code: 'HUB_NOT_FOUND' });
    expect(await call('/rounds', { entity: 'cat' })).toMatchObject({ code: 'HUB_REQUEST_INVALID' });
    expect(await call('/holds/none/approve', { digest: 'd', actor: 'a' })).toMatchObject({ code: 'HUB_NOT_FOUND' });
    expect(await call('/rounds/none')).toMatchObject({ code: 'HUB_NOT_FOUND' });
    expect(await call('/health/ready')).toMatchObject({ status: 'ready' });
    expect((await fetch(`${app.url}/rounds`)).status).toBe(401);
  });
});
