import { expect, test } from '@jest/globals';
import { CliUnderTest } from '../../test/harness/cli-under-test.js';

const PLAN = {
  system: 'erp',
  mode: 'observe',
  scanned: true,
  writeAllowed: false,
  why: '7 records differ',
  entities: [
    {
      entity: 'product',
      equal: 9990,
      different: 7,
      onlyHere: 2,
      onlyThere: 1,
      lag: 0,
      fields: [{ field: 'ean', count: 7, samples: ['A-1', 'A-2'] }],
    },
  ],
};

const cli = new CliUnderTest();

test('plan shows counts, fields with samples, and what apply would do', async () => {
  cli.routes['GET /plan?samples=5'] = () => [200, PLAN];
  const { code, out } = await cli.run(['plan']);
  expect(code).toBe(3);
  expect(out).toMatch(/product +9,990 +7 +2 +1 +0/);
  expect(out).toMatch(/product\.ean +7 +A-1, A-2/);
  expect(out).toContain('not set erp to write: 7 records differ');
  expect(out).toContain('KAFKA_BROKERS is not set');
});
