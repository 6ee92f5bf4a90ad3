import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  AHEAD_RULES,
  FetchAhead,
  partitionId,
  type AheadRules,
  type FetchAnswer,
  type FetchRequest,
} from './fetch-ahead.js';

const TOPIC = 't';
const LOG_END = 40;

/** What the reader does after an answer; partitions by number. */
interface Step {
  /** Partitions asked for; the others are paused. */
  readonly active: readonly number[];
  /** Messages that the broker gives of each partition. */
  readonly given: number;
  /** Whose page is handled; the others are asked for again. */
  readonly handled: readonly number[];
  readonly seek: { readonly partition: number; readonly to: number } | null;
  readonly fails: boolean;
}

const partitions = fc.subarray([0, 1, 2]);
const aStep: fc.Arbitrary<Step> = fc.record({
  active: fc.oneof({ weight: 3, arbitrary: fc.constant([0, 1, 2]) }, { weight: 1, arbitrary: partitions }),
  given: fc.nat(3),
  handled: fc.oneof({ weight: 3, arbitrary: fc.constant([0, 1, 2]) }, { weight: 1, arbitrary: partitions }),
  seek: fc.option(fc.record({ partition: fc.nat(2), to: fc.nat(LOG_END) }), { freq: 5 }),
  fails: fc.integer({ min: 0, max: 5 }).map((drawn) => drawn === 0),
});

/** A reader as kafkajs is, and a broker that gives what is asked for. */
class Play {
  sent = 0;
  private readonly positions = [0, 0, 0];
  private given = 0;
  private fails = false;
  private readonly ahead: FetchAhead<FetchRequest, FetchAnswer>;

  constructor(rules: AheadRules = AHEAD_RULES) {
    this.ahead = new FetchAhead((request) => this.answer(request), rules);
  }

  /** @returns the offsets that came, by partition */
  async step({ active, given, handled, seek, fails }: Step): Promise<number[][]> {
    Object.assign(this, { given, fails });
    const asked = active.map((partition) => ({ partition, fetchOffset: String(this.positions[partition]) }));
    const { responses } = await this.ahead.fetch({ topics: [{ topic: TOPIC, partitions: asked }] });
    const came: number[][] = [];
    for (const { partition, messages } of responses.flatMap((response) => response.partitions)) {
      came[partition] = messages.map(({ offset }) => Number(offset));
      this.expectAsked(partition, active, came[partition]);
      if (handled.includes(partition)) this.positions[partition] = this.at(partition) + messages.length;
    }
    expect(Object.keys(came).map(Number)).toEqual([...active].sort());
    if (seek) this.positions[seek.partition] = seek.to;
    return came;
  }

  private at(partition: number): number {
    return this.positions[partition] ?? 0;
  }

  private expectAsked(partition: number, active: readonly number[], offsets: readonly number[]): void {
    expect(active).toContain(partition);
    offsets.forEach((offset, index) => expect(offset).toBe(this.at(partition) + index));
  }

  private answer({ topics }: FetchRequest): Promise<FetchAnswer> {
    this.sent += 1;
    if (this.fails) return Promise.reject(new Error('the broker is away'));
    const answered = topics.map(({ topic, partitions: asked }) => ({
      topicName: topic,
      partitions: asked.map(({ partition, fetchOffset }) => ({ partition, messages: this.messagesFrom(fetchOffset) })),
    }));
    return Promise.resolve({ responses: answered });
  }

  private messagesFrom(offset: string): { offset: string }[] {
    const from = Number(offset);
    const count = Math.max(0, Math.min(this.given, LOG_END - from));
    return Array.from({ length: count }, (_, index) => ({ offset: String(from + index) }));
  }
}

const ALL = { active: [0, 1, 2], handled: [0, 1, 2], seek: null, fails: false };

async function everyAnswerIsAsked(rules?: AheadRules): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.array(aStep, { maxLength: 20 }), async (steps) => {
      const play = new Play(rules);
      for (const step of steps)
        await play.step(step).catch((error: unknown) => {
          if (!String(error).includes('the broker is away')) throw error;
        });
    }),
    { numRuns: 200 },
  );
}

async function aSteadyReaderNeverWaits(rules?: AheadRules): Promise<void> {
  const play = new Play(rules);
  const came: number[] = [];
  for (let turn = 1; turn <= 10; turn += 1) {
    came.push(...((await play.step({ ...ALL, given: 4 }))[1] ?? []));
    expect(play.sent).toBe(turn + 1);
  }
  expect(came).toEqual(Array.from({ length: LOG_END }, (_, offset) => offset));
}

describe('asking ahead', () => {
  test('every answer is to what was asked, after seeks, pauses, pages left and errors', () => everyAnswerIsAsked());

  test('a reader that goes on finds its answer asked for already', () => aSteadyReaderNeverWaits());

  test('where nothing came, nothing is asked ahead', async () => {
    const play = new Play();
    await play.step({ ...ALL, given: 0 });
    await play.step({ ...ALL, given: 0 });
    expect(play.sent).toBe(2);
  });

  test('an error is thrown to whoever asks for the same, once', async () => {
    const asked: FetchRequest[] = [];
    const ahead = new FetchAhead<FetchRequest, FetchAnswer>((request) => {
      asked.push(request);
      if (asked.length === 2) return Promise.reject(new Error('the broker is away'));
      return Promise.resolve({
        responses: [{ topicName: TOPIC, partitions: [{ partition: 0, messages: [{ offset: '0' }] }] }],
      });
    });
    const at = (fetchOffset: string): FetchRequest => ({
      topics: [{ topic: TOPIC, partitions: [{ partition: 0, fetchOffset }] }],
    });
    await ahead.fetch(at('0'));
    await expect(ahead.fetch(at('1'))).rejects.toThrow('the broker is away');
    await ahead.fetch(at('1'));
    expect(asked.slice(0, 3)).toEqual([at('0'), at('1'), at('1')]);
  });
});

describe('planted mutants', () => {
  const { wantedBy, endsOf } = AHEAD_RULES;
  const mutants: readonly (readonly [string, AheadRules])[] = [
    ['an answer is handed over whatever was asked', { endsOf, wantedBy: () => '' }],
    [
      'partitions are compared, offsets are not',
      { endsOf, wantedBy: (request) => wantedBy(request).replaceAll(/@\d+/g, '') },
    ],
    ['only the first partition is compared', { endsOf, wantedBy: (request) => wantedBy(request).split(',')[0] ?? '' }],
    [
      'the last message is asked for again',
      {
        wantedBy,
        endsOf: (answer) => new Map([...endsOf(answer)].map(([id, end]) => [id, String(BigInt(end) - 1n)])),
      },
    ],
    ['one partition is forgotten', { wantedBy, endsOf: (answer) => without(endsOf(answer), partitionId(TOPIC, 2)) }],
  ];

  test.each(mutants)('caught: %s', async (_name, rules) => {
    const checks = [everyAnswerIsAsked, aSteadyReaderNeverWaits];
    const results = await Promise.allSettled(checks.map((check) => check(rules)));
    expect(results.map(({ status }) => status)).toContain('rejected');
  });

  function without<V>(all: ReadonlyMap<string, V>, id: string): ReadonlyMap<string, V> {
    return new Map([...all].filter(([other]) => other !== id));
  }
});
