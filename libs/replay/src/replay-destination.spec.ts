import { describe, expect, test } from '@jest/globals';
import { laneName, toLane, toOwnTopic, type DestinationFacts } from './replay-destination.js';

function facts(given: Partial<DestinationFacts> = {}): DestinationFacts {
  return {
    ...{ prefix: 'eu.', hubTopics: new Set(['eu.golden.product.v1']), append: false },
    source: { topic: 'eu.golden.product.v1', partitions: 3 },
    target: { partitions: null, isEmpty: true, readers: [] },
    ...given,
  };
}

describe('where a replay may write', () => {
  test('a lane is named for its group and topic, the common prefix once', () => {
    expect(laneName('eu.', 'eu.shop-a', 'eu.golden.product.v1')).toBe('eu.lane.shop-a.golden.product.v1');
    expect(laneName('', 'shop', 'golden.product.v1')).toBe('lane.shop.golden.product.v1');
    expect(() => laneName('', 'shop one', 't')).toThrow(expect.objectContaining({ code: 'HUB_REQUEST_INVALID' }));
    expect(() => laneName('', 'g'.repeat(250), 't')).toThrow(expect.objectContaining({ code: 'HUB_REQUEST_INVALID' }));
  });

  test('a lane that another group reads is no private lane', () => {
    const target = { partitions: 3, isEmpty: false, readers: ['shop'] };
    expect(toLane('eu.lane.shop.t', 'shop', facts({ target }))).toMatchObject({ kind: 'lane', keepsPartitions: true });
    const shared = facts({ target: { ...target, readers: ['shop', 'spy'] } });
    expect(() => toLane('eu.lane.shop.t', 'shop', shared)).toThrow(/read by spy/);
  });

  test('a message stays in its partition unless the target has another number of them', () => {
    expect(toOwnTopic('copy', facts())).toMatchObject({ kind: 'topic', keepsPartitions: true });
    const target = { partitions: 5, isEmpty: true, readers: [] };
    expect(toOwnTopic('copy', facts({ target }))).toMatchObject({ keepsPartitions: false });
  });

  test.each([
    ['a topic of the hub file', 'eu.golden.product.v1'],
    ['a golden topic that the hub file does not name', 'eu.golden.price.v1'],
    ['the history', 'eu.golden.price.history.v1'],
    ['the change topic of a system that is gone', 'eu.old.price.changed.v1'],
    ['a dead-letter topic', 'eu.golden.dead-letter.v1'],
    ["the hub's own", 'eu.hub.audit.v1'],
    ["another hub's change topic", 'us.erp.price.changed.v1'],
    ['a lane under the name of a topic', 'eu.lane.shop.golden.product.v1'],
  ])('never into %s', (_name, topic) => {
    expect(() => toOwnTopic(topic, facts({ append: true }))).toThrow(
      expect.objectContaining({ code: 'HUB_REPLAY_REFUSED' }),
    );
  });

  test('into a topic with messages only when that is asked for, and never into its source', () => {
    const target = { partitions: 3, isEmpty: false, readers: [] };
    expect(() => toOwnTopic('copy', facts({ target }))).toThrow(/has messages/);
    expect(toOwnTopic('copy', facts({ target, append: true }))).toMatchObject({ topic: 'copy' });
    const own = facts({ source: { topic: 'copy', partitions: 3 }, append: true });
    expect(() => toOwnTopic('copy', own)).toThrow(/into itself/);
  });
});
