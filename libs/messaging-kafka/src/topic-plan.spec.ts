import { describe, expect, test } from '@jest/globals';
import { HubError } from '#kernel';
import { startOffset } from './start-offset.js';
import { compareTopics, topicConfig, type TopicSpec } from './topic-plan.js';

const spec: TopicSpec = { name: 'erp.price.changed.v1', kind: 'change', partitions: 3 };

describe('compareTopics', () => {
  test('finds nothing where all is as wanted', () => {
    const actual = [{ name: spec.name, partitions: 3, config: { ...topicConfig('change', 1), 'segment.bytes': '1' } }];
    expect(compareTopics([spec], actual, 1)).toEqual({ missing: [], differingConfig: [], differingPartitions: [] });
  });

  test('reports what is missing and what differs', () => {
    const golden: TopicSpec = { name: 'golden.price.v1', kind: 'golden', partitions: 1 };
    const config = { ...topicConfig('change', 1), 'cleanup.policy': 'delete' };
    expect(compareTopics([spec, golden], [{ name: spec.name, partitions: 1, config }], 1)).toEqual({
      missing: [golden],
      differingConfig: [{ topic: spec.name, name: 'cleanup.policy', wanted: 'compact', actual: 'delete' }],
      differingPartitions: [{ topic: spec.name, wanted: 3, actual: 1 }],
    });
  });
});

describe('startOffset', () => {
  const range = { topic: 't', partition: 0, low: 10n, high: 20n };

  test.each([
    [null, 10n],
    [10n, 10n],
    [15n, 15n],
    [20n, 20n],
  ])('position %s begins at %s', (position, expected) => {
    expect(startOffset(position, range)).toBe(expected);
  });

  test.each([9n, 21n])('stops where the position %s lies outside of the log', (position) => {
    const expected = expect.objectContaining({ code: 'HUB_DATABASE_OLD', disposition: 'stop' });
    expect(() => startOffset(position, range)).toThrow(expected);
  });

  test('of a lane, what nobody read in its time is passed; one that was made anew still stops', () => {
    expect(startOffset(9n, { ...range, isLane: true })).toBe(10n);
    expect(() => startOffset(21n, { ...range, isLane: true })).toThrow(HubError);
  });
});
