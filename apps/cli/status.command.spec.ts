import { describe, expect, test } from '@jest/globals';
import { CliUnderTest, HOLD, STATUS } from '../../test/harness/cli-under-test.js';

const cli = new CliUnderTest();

describe('status', () => {
  test('says when nothing is wrong', async () => {
    const { code, out } = await cli.run(['status']);
    expect(out).toContain('Nothing is wrong.');
    expect(out).toMatch(/erp +running, write +product +10,000/);
    expect(code).toBe(0);
  });

  test('shows a hold with what, why, since when and the commands', async () => {
    cli.routes['GET /holds?state=open'] = () => [200, [HOLD]];
    const { code, out } = await cli.run(['status']);
    expect(code).toBe(3);
    expect(out).toContain(
      'HELD h1: a batch of changes of erp price, since 2026-11-23 04:57:00 UTC (3 min ago)\n' +
        '  2,000 records, the limit is 10 (rule toZero.amount)\n  2,000 prices became zero.\n' +
        '  for example: A-1, A-2\n  plumbline approve h1\n  plumbline reject h1',
    );
  });

  test('shows what is set aside and why a system is stopped', async () => {
    const setAside = {
      entity: 'product',
      externalId: '7',
      key: null,
      kind: 'rejected-read',
      reason: 'no sku',
      at: '2026-11-23T04:00:00.000000Z',
    };
    cli.routes['GET /status'] = () => [
      200,
      { ...STATUS, state: 'stopped', problem: 'wrong password', setAside: [setAside] },
    ];
    const { code, out } = await cli.run(['status']);
    expect(code).toBe(1);
    expect(out).toContain('erp is STOPPED, someone must act: wrong password');
    expect(out).toContain(
      'erp: 1 records set aside\n  product 7, rejected-read: no sku, 2026-11-23 04:00:00 UTC (60 min ago)',
    );
  });

  test('one service that is down hides no other', async () => {
    const { code, out } = await cli.run(['status', '--json'], { CONNECTOR_URLS: 'erp=http://127.0.0.1:9' });
    expect(code).toBe(4);
    expect(JSON.parse(out)).toMatchObject({
      systems: [],
      golden: { openHolds: 0 },
      unreachable: [{ service: 'connector erp', message: 'connector erp is not running at http://127.0.0.1:9.' }],
    });
  });

  test('a wrong token is told with what to do; in JSON as one object', async () => {
    expect(await cli.run(['status'], { PLUMBLINE_TOKEN: 'another-token-entirely' })).toMatchObject({
      code: 1,
      err: expect.stringContaining('Send the bearer token'),
    });
    const { out } = await cli.run(['status', '--json'], { PLUMBLINE_TOKEN: 'another-token-entirely' });
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'HUB_UNAUTHORISED' } });
  });
});
