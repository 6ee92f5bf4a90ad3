import { expect, test } from '@jest/globals';

import { between, layOut } from './compose.mjs';

const hub = { hub: { name: 'x', port: 8000 }, systems: { erp: { connector: 'sql' }, shop: { connector: 'sql' } } };

test('a service for each system, at the port that it has in the hub file', () => {
  expect(layOut(hub, ['sql'])).toEqual({
    golden: 8001,
    reconciler: 8002,
    notifier: 8003,
    gateway: 8004,
    indexer: 8005,
    connectors: [
      { id: 'erp', kind: 'sql', profile: null, port: 8010 },
      { id: 'shop', kind: 'sql', profile: null, port: 8011 },
    ],
  });
});

test('a connector that no system uses stands behind a profile of its own', () => {
  const { connectors } = layOut(hub, ['akeneo', 'sql']);
  expect(connectors.at(-1)).toEqual({ id: 'akeneo', kind: 'akeneo', profile: 'akeneo', port: 8012 });
});

test('only what is between the markers changes, at their indent; twice is the same as once', () => {
  const text = 'a\n  # BEGIN list: made from b\n  old\n  # END list\nc\n';
  const once = between(text, 'list', ['new: $& $1', '', 'more']);
  expect(once).toBe('a\n  # BEGIN list: made from b\n  new: $& $1\n\n  more\n  # END list\nc\n');
  expect(between(once, 'list', ['new: $& $1', '', 'more'])).toBe(once);
});

test('an empty list is filled, a missing marker is an error', () => {
  expect(between('# BEGIN list: b\n# END list\n', 'list', ['x'])).toBe('# BEGIN list: b\nx\n# END list\n');
  expect(() => between('# BEGIN list: b\n', 'list', [])).toThrow('no markers');
});
