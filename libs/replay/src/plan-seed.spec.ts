import { describe, expect, test } from '@jest/globals';
import { assertRunnable, planSeed } from './plan-seed.js';
import type { SeedPosition, TargetState } from './ports.js';

const TOPIC = 'golden.product.v1';
const ranges = new Map([
  [1, { low: 0n, high: 30n }],
  [0, { low: 5n, high: 20n }],
]);

function aSeed(positions: readonly (readonly [number, bigint])[], topic = TOPIC): TargetState {
  const entries = positions.map(([partition, nextOffset]): [number, SeedPosition] => [
    partition,
    { nextOffset, state: 'seeding' },
  ]);
  return { kind: 'seed', topic, shape: '', positions: new Map(entries), liveRows: 0 };
}

describe('the plan of a seed', () => {
  test('reads an absent target from the first message of every partition', () => {
    expect(planSeed({ topic: TOPIC, ranges }, { kind: 'absent' })).toEqual({
      topic: TOPIC,
      isResumed: false,
      partitions: [
        { partition: 0, fromOffset: 5n, untilOffset: 20n },
        { partition: 1, fromOffset: 0n, untilOffset: 30n },
      ],
      messages: 45n,
      refusal: null,
    });
  });

  test('goes on where an earlier seed stopped', () => {
    const positions = [
      [0, 20n],
      [1, 7n],
    ] as const;
    expect(planSeed({ topic: TOPIC, ranges }, aSeed(positions))).toMatchObject({
      isResumed: true,
      messages: 23n,
      refusal: null,
    });
  });

  test.each<readonly [string, TargetState]>([
    ['a table that no seed made', { kind: 'foreign', reason: 'There is a table.' }],
    [
      'the seed of another topic',
      aSeed(
        [
          [0, 5n],
          [1, 0n],
        ],
        'golden.price.v1',
      ),
    ],
    ['a seed of another shape', { ...aSeed([[0, 5n]]), shape: '[[],["brand"],null]' } as TargetState],
    ['another number of partitions', aSeed([[0, 5n]])],
    [
      'a topic that lost messages',
      aSeed([
        [0, 4n],
        [1, 0n],
      ]),
    ],
    [
      'a topic that was made anew',
      aSeed([
        [0, 5n],
        [1, 31n],
      ]),
    ],
  ])('refuses %s', (_name, target) => {
    const plan = planSeed({ topic: TOPIC, ranges }, target);
    expect(plan).toMatchObject({ isResumed: false, refusal: expect.any(String) });
    expect(() => assertRunnable(plan)).toThrow(expect.objectContaining({ code: 'HUB_SEED_TARGET_INVALID' }));
  });
});
