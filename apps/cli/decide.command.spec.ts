import { beforeEach, describe, expect, test } from '@jest/globals';
import { CliUnderTest, HOLD } from '../../test/harness/cli-under-test.js';

const cli = new CliUnderTest();

describe('decisions', () => {
  beforeEach(() => {
    cli.routes['GET /holds?state=open'] = () => [200, [HOLD]];
    cli.routes['POST /holds/h1/approve'] = () => [200, { ...HOLD, state: 'approved' }];
  });

  test('approve shows the hold, asks, and names its digest', async () => {
    const { code, err, out } = await cli.run(['approve', 'h1'], {}, 'y');
    expect([code, out]).toEqual([0, 'h1 is approved: it goes on now. See `plumbline status`.\n']);
    expect(err).toContain('2,000 prices became zero.');
    expect(cli.calls.at(-1)).toMatchObject({
      route: 'POST /holds/h1/approve',
      body: { digest: 'd1', actor: expect.stringMatching(/^cli:/) },
    });
  });

  test('a no changes nothing, and without a terminal --yes is needed', async () => {
    expect(await cli.run(['approve', 'h1'], {}, 'n')).toMatchObject({ code: 0, out: 'Nothing was decided.\n' });
    expect((await cli.run(['approve', 'h1'])).code).toBe(2);
    expect(cli.calls.some(({ route }) => route.startsWith('POST'))).toBe(false);
  });

  test('a digest that is no longer right asks again', async () => {
    cli.routes['POST /holds/h1/approve'] = () => [
      409,
      { code: 'HUB_APPROVAL_STALE', detail: 'moved', hint: '', details: {} },
    ];
    const { code, err } = await cli.run(['approve', 'h1', '--yes', '--digest', 'd0']);
    expect([code, cli.calls.at(-1)?.body]).toMatchObject([3, { digest: 'd0' }]);
    expect(err).toContain('look again and approve the new digest');
  });

  test('an unknown id is an error', async () => {
    expect((await cli.run(['reject', 'h2', '--yes'])).code).toBe(1);
  });
});
