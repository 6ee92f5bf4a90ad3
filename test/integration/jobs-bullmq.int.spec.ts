import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { BullRoundRunner, BullRoundSchedule, startRoundWorker, type RoundWorker } from '#jobs-bullmq';
import { HubError, silentLogger, type SystemId } from '#kernel';
import type { RoundHandler, RoundJob } from '#reconciliation';
import { aSummary, differencesOf } from '#reconciliation/testing';
import { eventually } from '#testing';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { serverAddresses, unique } from '../harness/servers.js';

const SHOP = 'shop' as SystemId;
const SCAN = { kind: 'scan', roundId: 'r1', entity: 'product' } as const;
const MINUTE_MS = 60_000;

jest.setTimeout(60_000);

const closings: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const close of closings.splice(0).reverse()) await close();
});

const options = (redisUrl = serverAddresses().redisUrl) => ({
  redisUrl,
  prefix: `${unique('jobs')}.`,
  logger: silentLogger,
});
type Options = ReturnType<typeof options>;

function runnerOf(queue: Options, hostWaitMs = 15_000): BullRoundRunner {
  const runner = new BullRoundRunner({ ...queue, hostWaitMs, callTimeoutMs: 2_000 });
  closings.push(() => runner.close());
  return runner;
}

function workerOf(queue: Options, scan: (job: RoundJob, signal: AbortSignal) => Promise<unknown>): RoundWorker {
  const handler = (async (job: RoundJob, signal: AbortSignal) =>
    job.kind === 'discard' ? { rows: 7 } : scan(job, signal)) as RoundHandler;
  const worker = startRoundWorker({ ...queue, system: SHOP, lockMs: 1_000 }, handler);
  closings.push(() => worker.close());
  return worker;
}

/** A TCP proxy that can be cut: the queue's server going away and coming back. */
async function aProxy(target: URL): Promise<{ url: string; cut(): Promise<void>; restore(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const make = () =>
    createServer((near) => {
      const far = connect(Number(target.port), target.hostname);
      for (const socket of [near, far]) sockets.add(socket.on('error', () => socket.destroy()));
      near.pipe(far).pipe(near);
    });
  let server: Server = make().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const cut = async () => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    await closed;
  };
  closings.push(async () => {
    if (server.listening) await cut();
  });
  const restore = async () => {
    server = make().listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  return { url: `redis://127.0.0.1:${port}`, cut, restore };
}

/** A host in a process of its own that takes a job and never ends it. */
async function aHangingHost(queue: Options): Promise<ChildProcess> {
  const script = `
    import { Worker } from 'bullmq';
    new Worker('${queue.prefix}rounds-shop', () => { console.log('taken'); return new Promise(() => {}); }, {
      connection: { url: '${queue.redisUrl}', maxRetriesPerRequest: null }, lockDuration: 1000, stalledInterval: 500 });`;
  const host = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  closings.push(() => void host.kill('SIGKILL'));
  await once(host.stdout, 'data');
  return host;
}

describe('BullRoundRunner', () => {
  test('carries jobs to the host and results back', async () => {
    const queue = options();
    const summary = aSummary(differencesOf('changed', 1_000));
    workerOf(queue, async () => summary);
    const runner = runnerOf(queue);
    expect(await runner.run(SHOP, SCAN, MINUTE_MS)).toEqual(summary);
    expect(await runner.run(SHOP, { ...SCAN, kind: 'discard' }, MINUTE_MS)).toEqual({ rows: 7 });
  });

  test('joins a job that runs, and runs one that ended anew', async () => {
    const queue = options();
    let runs = 0;
    workerOf(queue, async () => {
      runs += 1;
      await new Promise((resolve) => setTimeout(resolve, 300));
      return aSummary([], { scanned: runs });
    });
    const results = await Promise.all([runnerOf(queue), runnerOf(queue)].map((one) => one.run(SHOP, SCAN, MINUTE_MS)));
    expect(runs).toBeLessThanOrEqual(2);
    expect(results).toHaveLength(2);
    const before = runs;
    expect((await runnerOf(queue).run(SHOP, SCAN, MINUTE_MS)).scanned).toBe(before + 1);
  });

  test('keeps code and details of an error; what the host did not classify is a bug', async () => {
    const queue = options();
    const errors = [new HubError('HUB_SOURCE_TIMEOUT', 'slow', { page: 7, offset: 9n }), new TypeError('oops')];
    workerOf(queue, async () => {
      throw errors.shift() ?? new Error('asked too often');
    });
    const runner = runnerOf(queue);
    await expect(runner.run(SHOP, SCAN, MINUTE_MS)).rejects.toMatchObject({
      code: 'HUB_SOURCE_TIMEOUT',
      message: 'slow',
      details: { page: 7, offset: '9' },
    });
    await expect(runner.run(SHOP, SCAN, MINUTE_MS)).rejects.toMatchObject({ code: 'HUB_INVARIANT_BROKEN' });
  });

  test('refuses an answer of another shape', async () => {
    const queue = options();
    workerOf(queue, async () => ({ scanned: 'many' }));
    await expect(runnerOf(queue).run(SHOP, SCAN, MINUTE_MS)).rejects.toMatchObject({ code: 'HUB_INVARIANT_BROKEN' });
  });

  test('gives the job of a host that was killed to the next one', async () => {
    const queue = options();
    const result = runnerOf(queue).run(SHOP, SCAN, MINUTE_MS);
    const host = await aHangingHost(queue);
    host.kill('SIGKILL');
    await once(host, 'exit');
    workerOf(queue, async () => aSummary());
    expect(await result).toEqual(aSummary());
  });

  test('gives up when no host is there, and leaves no job behind', async () => {
    const queue = options();
    const runner = runnerOf(queue, 300);
    await expect(runner.run(SHOP, SCAN, MINUTE_MS)).rejects.toMatchObject({ code: 'HUB_SOURCE_UNREACHABLE' });
    const seen: string[] = [];
    workerOf(queue, async ({ roundId }) => {
      seen.push(roundId);
      return aSummary();
    });
    await runnerOf(queue).run(SHOP, { ...SCAN, roundId: 'r2' }, MINUTE_MS);
    expect(seen).toEqual(['r2']);
  });

  test('tells a host that stops during a job from one that answers', async () => {
    const queue = options();
    let taken = (): void => undefined;
    const isTaken = new Promise<void>((resolve) => (taken = resolve));
    const worker = workerOf(queue, (_, signal) => {
      taken();
      return new Promise((_resolve, reject) => signal.addEventListener('abort', reject));
    });
    const result = expect(runnerOf(queue).run(SHOP, SCAN, MINUTE_MS)).rejects.toMatchObject({
      code: 'HUB_SOURCE_UNREACHABLE',
    });
    await isTaken;
    await worker.close();
    await result;
  });

  test('fails instead of hanging while the server is away, and works again when it is back', async () => {
    const proxy = await aProxy(new URL(serverAddresses().redisUrl));
    const queue = options(proxy.url);
    const runner = runnerOf(queue);
    let cutOnce = false;
    workerOf(queue, async () => {
      if (!cutOnce) await proxy.cut();
      cutOnce = true;
      return aSummary();
    });
    await expect(runner.run(SHOP, SCAN, MINUTE_MS)).rejects.toMatchObject({ code: 'HUB_QUEUE_UNREACHABLE' });
    await expect(runner.run(SHOP, SCAN, MINUTE_MS)).rejects.toMatchObject({ code: 'HUB_QUEUE_UNREACHABLE' });
    await expect(runnerOf(queue).run(SHOP, SCAN, MINUTE_MS)).rejects.toMatchObject({ code: 'HUB_QUEUE_UNREACHABLE' });
    await proxy.restore();
    const result = await eventually(() => runner.run(SHOP, SCAN, MINUTE_MS), { timeoutMs: 20_000 });
    expect(result).toEqual(aSummary());
  });
});

describe('BullRoundSchedule', () => {
  test('fires each entry once an interval; a replaced schedule forgets the old entries', async () => {
    const queue = options();
    const fired: string[] = [];
    const scheduleOf = () => {
      const onDue = async (system: SystemId, entity: string) => void fired.push(`${system} ${entity}`);
      const schedule = new BullRoundSchedule({ ...queue, onDue });
      closings.push(() => schedule.close());
      return schedule;
    };
    const [one, other] = [scheduleOf(), scheduleOf()];
    const entry = { system: SHOP, everyMs: 400 };
    const entries = [
      { ...entry, entity: 'product', offsetMs: 0 },
      { ...entry, entity: 'price', offsetMs: 200 },
    ] as const;
    await one.replace(entries);
    await other.replace(entries);
    await eventually(() => expect(fired.length).toBeGreaterThanOrEqual(6), { timeoutMs: 10_000 });
    const price = fired.filter((name) => name === 'shop price').length;
    expect(Math.abs(2 * price - fired.length)).toBeLessThanOrEqual(1);
    await other.replace([{ ...entry, entity: 'price', offsetMs: 0 }]);
    await new Promise((resolve) => setTimeout(resolve, 500));
    fired.length = 0;
    await eventually(() => expect(fired.length).toBeGreaterThanOrEqual(2), { timeoutMs: 10_000 });
    expect(new Set(fired)).toEqual(new Set(['shop price']));
  });

  test('says that the server is away', async () => {
    const schedule = new BullRoundSchedule({ ...options('redis://127.0.0.1:1'), onDue: async () => undefined });
    closings.push(() => schedule.close());
    await expect(schedule.check()).rejects.toMatchObject({ code: 'HUB_QUEUE_UNREACHABLE' });
  });
});
