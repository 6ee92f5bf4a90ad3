import { describe, expect, test } from '@jest/globals';
import { HubError, silentLogger, type Clock } from '#kernel';
import fc from 'fast-check';
import { BatchProcessor, type BatchEffects } from './batch-processor.js';
import { LANE_RULES, type LaneRules } from './lanes.js';
import type { DecodedMessage, RawMessage } from './messages.js';

type Fault = 'none' | 'retry' | 'poison' | 'undecodable';
interface Planned {
  readonly key: string;
  readonly fault: Fault;
}
interface Scenario {
  readonly plan: readonly Planned[];
  readonly lanes: number;
  /** Whether the group rebalances during the page. */
  readonly rebalances: boolean;
}

const poison = new HubError('HUB_PAYLOAD_INVALID', 'poison');
const outage = new HubError('HUB_SOURCE_UNREACHABLE', 'down');
const rebalance = Object.assign(new Error('rebalance'), { name: 'KafkaJSProtocolError' });
const HEARTBEAT_MS = 2_500;

/** Plays one page; what is asynchronous takes place in the order that the scheduler draws. */
class Play {
  readonly handled: RawMessage[] = [];
  readonly parked: RawMessage[] = [];
  readonly skips: { readonly to: bigint; readonly running: number; readonly settled: number }[] = [];
  running = 0;
  private readonly failed = new Set<bigint>();
  private readonly messages: readonly RawMessage[];

  constructor(
    private readonly scenario: Scenario,
    private readonly schedule: (what: string) => Promise<unknown>,
  ) {
    this.messages = scenario.plan.map(({ key }, index) => aMessage(key, index));
  }

  process(laneRules: LaneRules): Promise<boolean> {
    const clock: Clock = {
      nowMs: () => 0,
      sleep: (ms, signal) => (ms === HEARTBEAT_MS ? this.untilBeat(signal) : Promise.resolve()),
    };
    const options = { effects: this.effects(), clock, logger: silentLogger, random: () => 0, laneRules };
    const membership = {
      signal: new AbortController().signal,
      heartbeatEveryMs: HEARTBEAT_MS,
      heartbeat: async () => {
        if (this.scenario.rebalances) throw rebalance;
      },
    };
    const { lanes } = this.scenario;
    return new BatchProcessor(options).process(this.messages, membership, { lanes, heldKeys: null });
  }

  /** One beat for each piece of work, at any time; then only the end of the work. */
  private async untilBeat(signal?: AbortSignal): Promise<void> {
    const ended = new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true }));
    await (this.scenario.rebalances ? Promise.race([this.schedule('beat'), ended]) : ended);
  }

  private effects(): BatchEffects {
    return {
      prepare: async () => undefined,
      decode: (message) => {
        if (this.faultOf(message) === 'undecodable') throw poison;
        return { ...message, typeName: null, record: null };
      },
      handle: (messages) => this.handle(messages),
      deadLetter: async (message) => {
        await this.schedule('letter');
        this.parked.push(message);
      },
      skipTo: async (_topic, _partition, to) => {
        this.skips.push({ to, running: this.running, settled: this.handled.length + this.parked.length });
      },
    };
  }

  private async handle(messages: readonly DecodedMessage[]): Promise<void> {
    this.running += 1;
    await this.schedule(`handle ${messages.map(({ key, offset }) => `${key}${offset}`).join(' ')}`);
    this.running -= 1;
    const failing = messages.find((message) => this.faultOf(message) === 'retry' && !this.failed.has(message.offset));
    if (failing) {
      this.failed.add(failing.offset);
      throw outage;
    }
    if (messages.some((message) => this.faultOf(message) === 'poison')) throw poison;
    this.handled.push(...messages);
  }

  private faultOf({ offset }: RawMessage): Fault {
    return this.scenario.plan[Number(offset)]?.fault ?? 'none';
  }
}

function aMessage(key: string, index: number): RawMessage {
  return { topic: 't', partition: 0, offset: BigInt(index), key, value: Buffer.alloc(1), headers: {}, timestampMs: 0 };
}

const scenarios: fc.Arbitrary<Scenario> = fc.record({
  plan: fc.array(
    fc.record({
      key: fc.constantFrom('a', 'b', 'c', 'd', 'e', ''),
      fault: fc.constantFrom<Fault>('none', 'none', 'none', 'none', 'retry', 'poison', 'undecodable'),
    }),
    { minLength: 1, maxLength: 10 },
  ),
  lanes: fc.integer({ min: 2, max: 4 }),
  rebalances: fc.boolean(),
});

/** Any page, any interleaving: what must hold whatever happens. */
async function check(rules: LaneRules, numRuns: number): Promise<void> {
  const property = fc.asyncProperty(scenarios, fc.scheduler(), async (scenario, scheduler) => {
    const play = new Play(scenario, (what) => scheduler.schedule(Promise.resolve(), what));
    const settled = play.process(rules).then(
      (isDone) => ({ isDone, running: play.running }),
      (error: unknown) => ({ error, running: play.running }),
    );
    const outcome = await scheduler.waitFor(settled);
    await scheduler.waitIdle();
    expect(outcome.running).toBe(0);
    for (const key of new Set(scenario.plan.map((planned) => planned.key))) {
      const offsets = play.handled.filter((message) => message.key === key).map(({ offset }) => Number(offset));
      expect(offsets).toEqual([...new Set(offsets)].sort((a, b) => a - b));
    }
    if ('error' in outcome) {
      expect(outcome.error).toBe(rebalance);
      expect(play.skips).toEqual([]);
    } else expectComplete(scenario, play);
  });
  await fc.assert(property, { numRuns, seed: 20_261_126 });
}

function expectComplete({ plan }: Scenario, play: Play): void {
  const isPoison = ({ fault }: Planned): boolean => fault === 'poison' || fault === 'undecodable';
  const offsetsOf = (messages: readonly RawMessage[]): number[] =>
    messages.map(({ offset }) => Number(offset)).sort((a, b) => a - b);
  const indices = plan.map((_, index) => index);
  expect(offsetsOf(play.handled)).toEqual(indices.filter((index) => !isPoison(plan[index] as Planned)));
  expect(offsetsOf(play.parked)).toEqual(indices.filter((index) => isPoison(plan[index] as Planned)));
  expect(play.skips).toEqual([{ to: BigInt(plan.length), running: 0, settled: plan.length }]);
}

test('each key keeps its order, poison is set aside in its lane, and the position moves when all lanes rest', async () => {
  await check(LANE_RULES, 300);
});

describe('planted mutants', () => {
  const failure = (reason: unknown): PromiseSettledResult<boolean> => ({ status: 'rejected', reason });
  const success = (value: boolean): PromiseSettledResult<boolean> => ({ status: 'fulfilled', value });
  const settle = (run: Promise<boolean>): Promise<PromiseSettledResult<boolean>> => run.then(success, failure);
  const roundRobin = <M>(messages: readonly M[], lanes: number): M[][] =>
    Array.from({ length: lanes }, (_, lane) => messages.filter((_message, index) => index % lanes === lane)).filter(
      (part) => part.length > 0,
    );
  const mutants: readonly (readonly [string, LaneRules])[] = [
    ['lanes by turns instead of by key', { ...LANE_RULES, split: roundRobin }],
    [
      'the position moves when the first lane rests',
      { ...LANE_RULES, rest: async (runs) => [await Promise.race(runs.map(settle))] },
    ],
    [
      'a rebalance leaves while a lane runs',
      {
        ...LANE_RULES,
        rest: async (runs) => {
          const all = Promise.all(runs);
          await Promise.allSettled([all]);
          return (await all).map(success);
        },
      },
    ],
  ];

  test.each(mutants)('caught: %s', async (_name, rules) => {
    await expect(check(rules, 300)).rejects.toThrow('Property failed');
  });
});

describe('lanes', () => {
  const plan = (keys: string): Planned[] => [...keys].map((key) => ({ key, fault: 'none' }));

  test('run side by side', async () => {
    const waiting: (() => void)[] = [];
    const hold = (): Promise<void> => new Promise((resolve) => waiting.push(resolve));
    const play = new Play({ plan: plan('abcdef'), lanes: 3, rebalances: false }, hold);
    const done = play.process(LANE_RULES);
    await new Promise((resolve) => setImmediate(resolve));
    expect(waiting.length).toBeGreaterThan(1);
    for (const go of waiting) go();
    expect(await done).toBe(true);
  });

  test('spread keys evenly, also those of one partition', () => {
    const keys = Array.from({ length: 40_000 }, (_, index) => ({ key: `SKU-${String(index).padStart(7, '0')}` }));
    for (const lanes of [2, 4, 6, 8]) {
      const parts = LANE_RULES.split(keys, lanes);
      expect(parts).toHaveLength(lanes);
      for (const part of parts) expect(Math.abs(part.length / (keys.length / lanes) - 1)).toBeLessThan(0.1);
    }
  });

  test('an error that stops the consumer is thrown, though another lane waits for an outage and a third for a rebalance', async () => {
    const stop = new HubError('HUB_SOURCE_UNAUTHORISED', 'no rights');
    const handle = async ([message]: readonly DecodedMessage[]): Promise<void> => {
      if (message?.key === 'a') throw stop;
      throw message?.key === 'b' ? outage : rebalance;
    };
    const clock: Clock = { nowMs: () => 0, sleep: () => new Promise((resolve) => setImmediate(resolve)) };
    const effects: BatchEffects = {
      ...{ prepare: async () => undefined, deadLetter: async () => undefined, skipTo: async () => undefined },
      ...{ decode: (message) => ({ ...message, typeName: null, record: null }), handle },
    };
    const laneRules = { ...LANE_RULES, split: <M>(messages: readonly M[]) => messages.map((message) => [message]) };
    const processor = new BatchProcessor({ effects, clock, logger: silentLogger, laneRules });
    const membership = { heartbeat: async () => undefined, signal: new AbortController().signal, heartbeatEveryMs: 1 };
    const messages = ['c', 'b', 'a'].map(aMessage);
    await expect(processor.process(messages, membership, { lanes: 3, heldKeys: null })).rejects.toBe(stop);
  });
});
