import { describe, expect, test } from '@jest/globals';
import { HubError, silentLogger, type Clock } from '#kernel';
import type { HeldKeys } from '#outbox';
import { InMemoryHeldKeys } from '#outbox/testing';
import fc from 'fast-check';
import { BatchProcessor, type BatchEffects } from './batch-processor.js';
import type { DecodedMessage, RawMessage } from './messages.js';
import type { Membership } from './patience.js';

type Fault = 'none' | 'poison' | 'undecodable';
interface Scenario {
  readonly plan: readonly { readonly key: string; readonly fault: Fault }[];
  readonly pageSize: number;
  readonly lanes: number;
  /** Numbers of the effects before which the process is killed. */
  readonly kills: readonly number[];
}

const poison = new HubError('HUB_PAYLOAD_INVALID', 'poison');
const killed = new HubError('HUB_INVARIANT_BROKEN', 'killed');
const clock: Clock = {
  nowMs: () => 0,
  sleep: async (_ms, signal) => {
    await new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true }));
  },
};
const membership: Membership = {
  heartbeat: async () => undefined,
  signal: new AbortController().signal,
  heartbeatEveryMs: 2_500,
};

/** A topic of facts with one consumer that is killed now and then; its database and its dead letters survive. */
class World {
  readonly handled: RawMessage[] = [];
  readonly letters: { readonly message: RawMessage; readonly code: string; readonly behind: unknown }[] = [];
  position = 0n;
  private effectsDone = 0;

  constructor(
    private readonly scenario: Scenario,
    private readonly openHeldKeys: () => HeldKeys,
  ) {}

  async run(): Promise<void> {
    for (let starts = 0; starts <= this.scenario.kills.length; starts += 1) {
      try {
        await this.consume();
        return;
      } catch (error) {
        if (error !== killed) throw error;
      }
    }
  }

  private async consume(): Promise<void> {
    const { plan, pageSize, lanes } = this.scenario;
    const heldKeys = this.openHeldKeys();
    const processor = new BatchProcessor({ effects: this.effects(), clock, logger: silentLogger });
    for (let from = Number(this.position); from < plan.length; from += pageSize) {
      const page = plan.slice(from, from + pageSize).map(({ key }, index) => aMessage(key, from + index));
      expect(await processor.process(page, membership, { lanes, heldKeys })).toBe(true);
    }
  }

  private effects(): BatchEffects {
    return {
      prepare: async () => undefined,
      decode: (message) => {
        if (this.faultOf(message) === 'undecodable') throw poison;
        return { ...message, typeName: null, record: null };
      },
      handle: async (messages) => this.handle(messages),
      deadLetter: async (message, { code, details }) => {
        this.mayBeKilled();
        this.letters.push({ message, code, behind: details['firstOffset'] });
      },
      skipTo: async (_topic, _partition, nextOffset) => {
        this.mayBeKilled();
        if (nextOffset > this.position) this.position = nextOffset;
      },
    };
  }

  /** Effects and position in one transaction; with lanes the transport moves the position. */
  private handle(messages: readonly DecodedMessage[]): void {
    this.mayBeKilled();
    if (messages.some((message) => this.faultOf(message) === 'poison')) throw poison;
    const isAlone = this.scenario.lanes === 1;
    this.handled.push(...messages.filter(({ offset }) => !isAlone || offset >= this.position));
    const last = messages.at(-1);
    if (isAlone && last && last.offset >= this.position) this.position = last.offset + 1n;
  }

  private mayBeKilled(): void {
    this.effectsDone += 1;
    if (this.scenario.kills.includes(this.effectsDone)) throw killed;
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
      key: fc.constantFrom('a', 'b', 'c'),
      fault: fc.constantFrom<Fault>('none', 'none', 'none', 'none', 'none', 'poison', 'undecodable'),
    }),
    { minLength: 1, maxLength: 16 },
  ),
  pageSize: fc.integer({ min: 1, max: 8 }),
  lanes: fc.constantFrom(1, 1, 3),
  kills: fc.uniqueArray(fc.integer({ min: 1, max: 20 }), { maxLength: 4 }),
});

/** First occurrences: a letter may be written twice, and with lanes an effect may come again. */
const firsts = (messages: readonly RawMessage[], key: string): number[] => [
  ...new Set(messages.filter((message) => message.key === key).map(({ offset }) => Number(offset))),
];

async function check(openHeldKeys: () => () => HeldKeys, numRuns: number): Promise<void> {
  const property = fc.asyncProperty(scenarios, async (scenario) => {
    const world = new World(scenario, openHeldKeys());
    await world.run();
    expect(world.position).toBe(BigInt(scenario.plan.length));
    for (const key of ['a', 'b', 'c']) expectInOrder(scenario, world, key);
    if (scenario.lanes === 1)
      expect(new Set(world.handled.map(({ offset }) => offset)).size).toBe(world.handled.length);
  });
  await fc.assert(property, { numRuns, seed: 20_261_126 });
}

/** All before a key's first poison is handled; that, and all behind it, is parked in order with what it waits for. */
function expectInOrder({ plan }: Scenario, world: World, key: string): void {
  const own = plan.flatMap((planned, index) => (planned.key === key ? [{ ...planned, index }] : []));
  const first = own.find(({ fault }) => fault !== 'none')?.index ?? plan.length;
  const indices = own.map(({ index }) => index);
  expect(firsts(world.handled, key)).toEqual(indices.filter((index) => index < first));
  const letters = world.letters.filter(({ message }) => message.key === key);
  expect(
    firsts(
      letters.map(({ message }) => message),
      key,
    ),
  ).toEqual(indices.filter((index) => index >= first));
  for (const { message, code, behind } of letters)
    expect({ code, behind }).toEqual(
      message.offset === BigInt(first)
        ? { code: 'HUB_PAYLOAD_INVALID', behind: undefined }
        : { code: 'HUB_HELD_BEHIND', behind: BigInt(first) },
    );
}

const surviving = (): (() => HeldKeys) => {
  const kept = new InMemoryHeldKeys();
  return () => kept;
};

test('no fact passes a parked one of its key, wherever the process is killed', async () => {
  await check(surviving, 500);
});

describe('planted mutants', () => {
  class NothingWaits extends InMemoryHeldKeys {
    override async addHeld(): Promise<boolean> {
      return false;
    }
  }
  class LastOneHolds extends InMemoryHeldKeys {
    override async hold(held: Parameters<HeldKeys['hold']>[0]): Promise<void> {
      await this.release(held.topic, held.key, held.firstOffset);
      await super.hold({ ...held, firstOffset: held.firstOffset + 1n });
    }
  }
  const mutants: readonly (readonly [string, () => () => HeldKeys])[] = [
    ['held keys do not survive a restart', () => () => new InMemoryHeldKeys()],
    ['what follows a parked fact is handled', () => () => new NothingWaits()],
    [
      'a key is held from behind its parked message on',
      () => {
        const kept = new LastOneHolds();
        return () => kept;
      },
    ],
  ];

  test.each(mutants)('caught: %s', async (_name, open) => {
    await expect(check(open, 500)).rejects.toThrow('Property failed');
  });
});

test('messages without a key wait for nothing', async () => {
  const plan = [
    { key: '', fault: 'poison' as const },
    { key: '', fault: 'none' as const },
  ];
  const world = new World({ plan, pageSize: 1, lanes: 1, kills: [] }, surviving());
  await world.run();
  expect(world.handled.map(({ offset }) => offset)).toEqual([1n]);
  expect(world.letters.map(({ code }) => code)).toEqual(['HUB_PAYLOAD_INVALID']);
});

test('a key that is released while its page is at work is handled again from there on', async () => {
  const kept = new InMemoryHeldKeys();
  await kept.hold({ topic: 't', key: 'a', partition: 0, firstOffset: -2n, code: 'HUB_PAYLOAD_INVALID', reason: 'x' });
  const releasing: HeldKeys = {
    ...{ findHeld: kept.findHeld.bind(kept), hold: kept.hold.bind(kept), moveOn: kept.moveOn.bind(kept) },
    ...{ findLastHeld: kept.findLastHeld.bind(kept), release: kept.release.bind(kept) },
    addHeld: async (topic, key, offset) => {
      if (offset === 1n) await kept.release(topic, key, 0n);
      return kept.addHeld(topic, key, offset);
    },
  };
  const plan = [0, 1, 2].map(() => ({ key: 'a', fault: 'none' as const }));
  const world = new World({ plan, pageSize: 3, lanes: 1, kills: [] }, () => releasing);
  await world.run();
  expect(world.letters.map(({ message }) => message.offset)).toEqual([0n]);
  expect(world.handled.map(({ offset }) => offset)).toEqual([1n, 2n]);
});
