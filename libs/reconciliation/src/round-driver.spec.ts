import { HubError, noMetrics, silentLogger, type SystemId } from '#kernel';
import { describe, expect, test } from '@jest/globals';
import { InMemoryRoundStore } from './in-memory-round-store.js';
import { aSummary, differencesOf, FakeClock } from './round-builders.js';
import { RoundDriver } from './round-driver.js';
import type { RoundJob, RoundJobResults, RoundRunner, ScanSummary } from './round-jobs.js';
import { nextStep } from './next-step.js';
import { testRoundStore } from './round-store.contract.js';

const LIMITS = { maxChangedShare: 0.02, minChanged: 50, maxDeleteShare: 0.005, minDeletes: 5, maxShrinkShare: 0.02 };
const SHOP = 'shop' as SystemId;

/** A host whose answers are scripted; everything that it is asked is recorded. */
class ScriptedHost implements RoundRunner {
  readonly asked: string[] = [];
  summary: ScanSummary = aSummary();
  commits: RoundJobResults['commit'][] = [];
  verifications: RoundJobResults['verify'][] = [];
  failures: HubError[] = [];

  async run<K extends RoundJob['kind']>(_: SystemId, job: Extract<RoundJob, { readonly kind: K }>) {
    this.asked.push(job.kind);
    const failure = this.failures.shift();
    if (failure) throw failure;
    const everything = this.summary.differences.map((item) => item.externalId);
    const answers: RoundJobResults = {
      scan: this.summary,
      commit: (job.kind === 'commit' && this.commits.shift()) || { outcome: 'committed', rows: everything.length },
      discard: { rows: everything.length },
      verify: (job.kind === 'verify' && this.verifications.shift()) || { fixed: everything, unfixed: [], pending: 0 },
    };
    return answers[job.kind];
  }
}

function setUp() {
  const clock = new FakeClock();
  const store = new InMemoryRoundStore(clock);
  const host = new ScriptedHost();
  const driverOf = (owner: string, of: typeof store = store) =>
    new RoundDriver({
      store: of,
      runner: host,
      limitsOf: () => LIMITS,
      clock,
      logger: silentLogger,
      metrics: noMetrics,
      owner,
      random: () => 0.5,
    });
  const driver = driverOf('a');
  /** Runs until nothing is due within two hours. */
  const settle = async () => {
    for (let idle = 0; idle < 240; idle += 1) {
      if (await driver.runOnce()) idle = 0;
      clock.advance(30_000);
    }
  };
  const start = async () => (await store.start(SHOP, 'product', false)).round;
  const decide = async (id: string, kind: 'approved' | 'rejected') => {
    const round = await store.getRound(id);
    await store.advance(nextStep(round, { kind, digest: round.digest ?? '', actor: 'ann' }, () => 0));
  };
  return { clock, store, host, driverOf, settle, start, decide };
}

describe('InMemoryRoundStore', () => {
  let systems = 0;
  testRoundStore(async () => {
    const store = new InMemoryRoundStore(new FakeClock());
    return {
      store,
      freshSystem: () => `system-${(systems += 1)}` as SystemId,
      outcomes: async (id) =>
        Object.fromEntries(store.itemsOf(id).map(({ externalId, outcome }) => [externalId, outcome])),
    };
  });
});

describe('RoundDriver', () => {
  test('repairs what is within the limits, proves it, and finds the next round clean', async () => {
    const { store, host, settle, start } = setUp();
    host.summary = aSummary([...differencesOf('changed', 3), ...differencesOf('foreign', 1)]);
    host.verifications = [{ fixed: ['changed-0'], unfixed: [], pending: 2 }];
    const first = await start();
    await settle();
    expect(await store.getRound(first.id)).toMatchObject({ state: 'verified', step: null, changed: 3, fixed: 4 });
    expect(host.asked).toEqual(['scan', 'commit', 'verify', 'verify', 'discard']);
    host.summary = aSummary([], { foreign: 1 });
    const second = await start();
    await settle();
    expect(await store.getRound(second.id)).toMatchObject({ state: 'clean', foreign: 1, fixed: 0 });
  });

  test('makes foreign records known without calling that a repair', async () => {
    const { store, host, settle, start } = setUp();
    host.summary = aSummary(differencesOf('foreign', 2));
    const { id } = await start();
    await settle();
    expect(await store.getRound(id)).toMatchObject({ state: 'clean', foreign: 2 });
    expect(host.asked).toEqual(['scan', 'commit', 'discard']);
  });

  test('holds a round over the limits until a person decides', async () => {
    const { store, host, settle, start, decide } = setUp();
    host.summary = aSummary(differencesOf('changed', 1_000));
    const { id } = await start();
    await settle();
    expect(await store.getRound(id)).toMatchObject({ state: 'held', step: null, holdId: id });
    expect(host.asked).toEqual(['scan']);
    await decide(id, 'approved');
    await settle();
    expect(await store.getRound(id)).toMatchObject({ state: 'verified', fixed: 1_000, approvedBy: 'ann' });
    expect(store.audit.map(({ action, actor }) => [action, actor])).toEqual([
      ['hold.opened', 'guard'],
      ['hold.approved', 'ann'],
    ]);
  });

  test('asks again when rows moved since the approval', async () => {
    const { store, host, settle, start, decide } = setUp();
    host.summary = aSummary(differencesOf('changed', 1_000));
    host.commits = [{ outcome: 'stale', rows: 0 }];
    const { id } = await start();
    await settle();
    await decide(id, 'approved');
    host.summary = aSummary(differencesOf('changed', 1_001));
    await settle();
    expect(await store.getRound(id)).toMatchObject({ state: 'held', digest: host.summary.digest, approvedBy: null });
    expect(store.audit.at(-1)).toMatchObject({ action: 'hold.reopened' });
  });

  test('writes nothing of a rejected round, nor of a scan that ended early', async () => {
    const { store, host, settle, start, decide } = setUp();
    host.summary = aSummary(differencesOf('missing', 100));
    const { id } = await start();
    await settle();
    await decide(id, 'rejected');
    await settle();
    expect(await store.getRound(id)).toMatchObject({ state: 'rejected', step: null });
    host.summary = aSummary(differencesOf('missing', 3), { complete: false, problem: 'page 3: 500' });
    const next = await start();
    await settle();
    expect(await store.getRound(next.id)).toMatchObject({ state: 'failed', problem: 'page 3: 500' });
    expect(host.asked).toEqual(['scan', 'discard', 'scan', 'discard']);
  });

  test('gives up after three checks that find a record unfixed', async () => {
    const { store, host, settle, start } = setUp();
    host.summary = aSummary(differencesOf('changed', 1));
    const unfixed = { fixed: [], unfixed: [{ externalId: 'changed-0', why: 'rejected by the system' }], pending: 0 };
    host.verifications = [unfixed, unfixed, unfixed];
    const { id } = await start();
    await settle();
    expect(await store.getRound(id)).toMatchObject({ state: 'failed', unfixed: 1 });
    expect((await store.getRound(id)).problem).toContain('rejected by the system');
    expect(store.itemsOf(id)).toMatchObject([{ outcome: 'unfixed' }]);
  });

  test('backs off while the host is away, and fails at once on what cannot pass', async () => {
    const { store, host, settle, start } = setUp();
    const away = new HubError('HUB_SOURCE_UNREACHABLE', 'away');
    host.failures = [away, away];
    const first = await start();
    await settle();
    expect(await store.getRound(first.id)).toMatchObject({ state: 'clean', problem: null });
    host.failures = [new HubError('HUB_SOURCE_UNAUTHORISED', 'no rights')];
    const second = await start();
    await settle();
    expect(await store.getRound(second.id)).toMatchObject({
      state: 'failed',
      problem: 'HUB_SOURCE_UNAUTHORISED: no rights',
    });
  });

  test('a wake, and the end of a step, end the pause between two looks', async () => {
    const { clock, store, host, driverOf, start } = setUp();
    clock.sleep = (_, signal) => new Promise((resolve) => signal?.addEventListener('abort', () => resolve()));
    host.summary = aSummary(differencesOf('foreign', 2));
    const [driver, stopping] = [driverOf('a'), new AbortController()];
    const running = driver.run(stopping.signal);
    const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));
    await settled();
    const { id } = await start();
    driver.wake();
    await settled();
    expect(host.asked).toEqual(['scan', 'commit', 'discard']);
    expect(await store.getRound(id)).toMatchObject({ state: 'clean', step: null });
    stopping.abort();
    await running;
  });

  test('goes on at the same step wherever a driver was killed', async () => {
    for (let kills = 1; kills <= 4; kills += 1) {
      const { clock, store, host, driverOf, settle, start } = setUp();
      host.summary = aSummary(differencesOf('changed', 2));
      const { id } = await start();
      const killed = Object.create(store) as InMemoryRoundStore;
      killed.advance = async () => {
        throw new HubError('HUB_DATABASE_UNREACHABLE', 'killed before it could store the step');
      };
      for (let step = 1; step < kills; step += 1) {
        await driverOf('a').runOnce();
        clock.advance(5_000);
      }
      await driverOf('b', killed).runOnce();
      clock.advance(60_000);
      await settle();
      expect(await store.getRound(id)).toMatchObject({ state: 'verified', fixed: 2 });
    }
  });
});
