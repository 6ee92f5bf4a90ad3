import { expect, test } from '@jest/globals';
import { traceParentOf, withTraceParent, withTraceParents } from './trace-context.js';

const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const OTHER = '00-4bf92f3577b34da6a3ce929d0e0e4737-00f067aa0ba902b7-00';

test('a trace lasts as long as its work, also after awaits, and never reaches work beside it', async () => {
  const traced = withTraceParent(TRACE, async () => {
    await new Promise((resolve) => setImmediate(resolve));
    return traceParentOf('any');
  });
  expect(traceParentOf('any')).toBeUndefined();
  expect(await Promise.all([traced, withTraceParent(OTHER, async () => traceParentOf('any'))])).toEqual([TRACE, OTHER]);
});

test('messages of a page keep their traces apart', () => {
  const found = withTraceParents(
    new Map([
      ['a', TRACE],
      ['b', OTHER],
      ['c', undefined],
    ]),
    () => ['a', 'b', 'c', 'd'].map(traceParentOf),
  );
  expect(found).toEqual([TRACE, OTHER, undefined, undefined]);
});

test.each([
  undefined,
  '',
  'x',
  TRACE.toUpperCase(),
  `${TRACE}-more`,
  TRACE.replace('00-', 'ff-'),
  `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
])('ignores %s, which is no trace', (header) => {
  expect(withTraceParent(header, () => traceParentOf('a'))).toBeUndefined();
  expect(withTraceParents(new Map([['a', header]]), () => traceParentOf('a'))).toBeUndefined();
});
