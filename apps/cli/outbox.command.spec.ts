import { beforeEach, describe, expect, test } from '@jest/globals';
import { CliUnderTest } from '../../test/harness/cli-under-test.js';

const cli = new CliUnderTest();
const parkedKey = (key: string): object => ({
  ...{ key, code: 'HUB_PAYLOAD_TOO_LARGE', reason: 'larger than 1,000 bytes', rows: 3, isReleased: false },
  parkedAt: '2026-11-23T04:57:00.000000Z',
});
const released = (): unknown => cli.calls.find(({ route }) => route.startsWith('POST'))?.body;

describe('outbox', () => {
  beforeEach(() => {
    const report = { keys: [parkedKey('P-1'), parkedKey('P-2')], more: false };
    for (const limit of [1, 100, 1000])
      cli.routes[`GET /outbox/parked?limit=${limit}`] = () => [
        200,
        { keys: report.keys.slice(0, limit), more: limit === 1 },
      ];
    cli.routes['POST /outbox/parked/release'] = (body) => {
      const { keys } = body as { readonly keys: readonly string[] | 'all' };
      return [200, { released: keys === 'all' ? 2 : keys.length }];
    };
  });

  test('parked shows each key with why and the next command, of every service or of one', async () => {
    const { code, out } = await cli.run(['outbox', 'parked', '--system', 'erp']);
    expect(code).toBe(1);
    expect(out).toContain('erp: 2 parked');
    expect(out).toMatch(
      /P-1 +3 +2026-11-23 04:57:00 UTC \(3 min ago\) +HUB_PAYLOAD_TOO_LARGE: larger than 1,000 bytes/,
    );
    expect(out).toContain('plumbline outbox release --system erp KEY');
    const all = JSON.parse((await cli.run(['outbox', 'parked', '--json'])).out) as { readonly parked: object[] };
    expect(all.parked).toMatchObject([
      { of: { app: 'golden' } },
      { of: { app: 'reconciler' } },
      { of: { system: 'erp' } },
    ]);
  });

  test('says when nothing is parked', async () => {
    cli.routes['GET /outbox/parked?limit=100'] = () => [200, { keys: [], more: false }];
    expect(await cli.run(['outbox', 'parked'])).toEqual({ code: 0, out: 'No key is parked.\n', err: '' });
  });

  test('status names the services that have parked keys, and the next command', async () => {
    const { code, out } = await cli.run(['status']);
    expect(code).toBe(1);
    expect(out).toContain(
      'golden: some keys are parked, their events are not published, first P-1: larger than 1,000 bytes\n' +
        '  plumbline outbox parked --app golden',
    );
    expect(out).toContain('plumbline outbox parked --system erp');
  });

  test('release shows, asks, and sends exactly the named keys', async () => {
    const { code, out, err } = await cli.run(['outbox', 'release', 'P-2', '--system', 'erp'], {}, 'y');
    expect([code, out]).toEqual([
      0,
      '1 keys are sent again now; `plumbline outbox parked --system erp` shows what comes back.\n',
    ]);
    expect([err.includes('P-2'), err.includes('P-1')]).toEqual([true, false]);
    expect(released()).toEqual({ keys: ['P-2'], actor: expect.stringMatching(/^cli:/) });
  });

  test('release --all --yes asks nothing; --plan and a no change nothing', async () => {
    const all = ['outbox', 'release', '--all', '--app', 'golden'];
    expect((await cli.run([...all, '--plan'])).out).toContain('P-1');
    expect((await cli.run(all, {}, 'n')).out).toBe('Nothing was released.\n');
    expect((await cli.run(all)).code).toBe(2);
    expect(released()).toBeUndefined();
    expect((await cli.run([...all, '--yes', '--json'])).out).toContain('"released":2');
    expect(released()).toMatchObject({ keys: 'all' });
  });

  test('a key that is not parked, no key, or no service is an error that changes nothing', async () => {
    expect(await cli.run(['outbox', 'release', 'P-9', '--system', 'erp', '--yes'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('Not parked: P-9.'),
    });
    expect((await cli.run(['outbox', 'release', '--system', 'erp'])).code).toBe(2);
    expect((await cli.run(['outbox', 'release', 'P-1'])).code).toBe(2);
    expect((await cli.run(['outbox', 'release', 'P-1', '--app', 'golden', '--system', 'erp'])).code).toBe(2);
    expect(released()).toBeUndefined();
  });
});
