import { expect, test } from '@jest/globals';
import { CliUnderTest } from '../../test/harness/cli-under-test.js';

const RECORD = {
  ...{ topic: 'erp.price.changed.v1', partition: 1, offset: '7', key: '4711', businessKey: 'A|1', isTombstone: false },
  ...{ eventId: 'erp/price/4711/1.1', type: 'price.changed.v1', at: '2026-11-23T04:58:00.000000Z', traceId: null },
  isInTopic: false,
};
const OTHER = { ...RECORD, topic: 'golden.product.v1', businessKey: null, at: '2026-11-23T04:59:00.000000Z' };
const answer = (records: readonly object[], lag = 0) => {
  return { records, next: null, lag, endsAt: '2026-11-23T05:00:00.000000Z', offsets: [] };
};

const cli = new CliUnderTest();

test('search asks for a key and for an event, and tells each record once with its place', async () => {
  cli.routes['GET /records?key=A%7C1&limit=100&fresh=true'] = () => [200, answer([RECORD])];
  cli.routes['GET /records?event=A%7C1&limit=100&fresh=true'] = () => [200, answer([RECORD])];
  const { out } = await cli.run(['search', 'A|1']);
  expect(out.match(/erp\.price\.changed\.v1\/1\/7/g)).toHaveLength(1);
  for (const part of [
    'A|1 (4711)',
    'no longer in the topic',
    'Complete for all that the topics had at 2026-11-23T05:00:00Z',
  ])
    expect(out).toContain(part);
});

test('search says when the index has not read everything, and narrows to an entity and a time', async () => {
  const shared = 'limit=100&fresh=true&from=2026-11-23T04%3A45%3A00.000000Z';
  cli.routes[`GET /records?key=A&${shared}`] = () => [200, answer([RECORD, OTHER], 3)];
  cli.routes[`GET /records?event=A&${shared}`] = () => [200, answer([])];
  const { out } = await cli.run(['search', 'A', '--entity', 'product', '--since', '15m']);
  expect(out).toContain('golden.product.v1/1/7');
  expect(out).not.toContain('erp.price');
  expect(out).toContain('Not complete yet: 3 records');
});

test('search refuses a time that is none, and an entity that is none', async () => {
  expect((await cli.run(['search', 'A', '--since', 'yesterday'])).err).toContain('--since');
  expect((await cli.run(['search', 'A', '--entity', 'pricee'])).err).toContain('price');
});

test('timeline tells each step with its fields, and which connector did not answer', async () => {
  const entry = {
    ...{ at: '2026-11-23T04:58:00.000000Z', kind: 'version', system: 'golden', what: 'version 2', traceId: 't1' },
    ...{ changes: { amount: { before: '9.9', after: '8.5' } }, eventId: 'golden/price/A/2', causedBy: 'x' },
    ...{ latencyMs: 1_200, answeredAt: null, round: null, batch: null, place: null, isReadable: true },
  };
  const written = {
    ...{ ...entry, kind: 'write', system: 'shop', what: 'version 2: update applied', changes: {}, eventId: null },
    ...{ traceId: null, latencyMs: null, answeredAt: '2026-11-23T04:58:00.040000Z', round: 'r-1' },
  };
  cli.routes['GET /timeline/price/A'] = () => [
    200,
    {
      entity: 'price',
      key: 'A',
      entries: [entry, written],
      isCut: false,
      silent: ['shop', 'reconciler'],
      lag: 0,
      endsAt: entry.at,
    },
  ];
  const { out, code } = await cli.run(['timeline', 'price', 'A']);
  expect(out).toBe(
    'price A\n2026-11-23T04:58:00.000Z  golden  version: version 2\n' +
      '  event golden/price/A/2, trace t1, 1,200 ms after its cause\n  amount: 9.9 → 8.5\n' +
      '2026-11-23T04:58:00.000Z  shop  write: version 2: update applied\n  answered after 40 ms, round r-1\n' +
      'The connector of shop did not answer: its writes are missing.\n' +
      'The reconciler did not answer: checks that found nothing are missing.\n',
  );
  expect(code).toBe(4);
});
