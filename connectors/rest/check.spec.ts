import { describe, expect, test } from '@jest/globals';
import { keysOf, SINCE, ShopUnderTest } from '../../test/harness/shop-under-test.js';
import { reply } from '../../test/harness/small-shop.js';

const system = new ShopUnderTest();

describe('check', () => {
  const problems = async (options: object = {}, config: object = {}): Promise<unknown> => {
    const { reachable, canWrite, problems } = await system.open({ ...options }, { ...config }).check();
    return [reachable, canWrite, problems.length, problems.join(' ')];
  };
  const answer = (status: number, body: unknown = {}): void => {
    system.shop.before = (_, response) => (reply(response, status, body), true);
  };

  test('says in one sentence what is wrong, and what to do', async () => {
    system.shop.add('A');
    expect(await problems()).toEqual([true, true, 0, '']);
    answer(401);
    expect(await problems()).toEqual([true, false, 1, expect.stringMatching(/correct them under auth/)]);
    answer(403);
    expect(await problems()).toEqual([true, false, 1, expect.stringMatching(/give this account the right/)]);
    answer(404, { error: 'no such path' });
    expect(await problems()).toEqual([true, false, 1, expect.stringMatching(/no such path.*correct source, query/)]);
    answer(200, { items: [] });
    expect(await problems()).toEqual([true, false, 1, expect.stringMatching(/no array at "data.list"/)]);
    system.shop.before = () => true;
    expect(await problems()).toEqual([false, false, 1, expect.stringMatching(/did not answer within 300 ms/)]);
    const nobody = { baseUrl: 'http://127.0.0.1:1', allowedHosts: ['127.0.0.1'] };
    expect(await problems({}, nobody)).toEqual([false, false, 1, expect.stringMatching(/nothing listens there/)]);
    expect(await problems({}, { allowedHosts: [] })).toEqual([false, false, 1, expect.stringMatching(/allowedHosts/)]);
  });

  test('a probe tells a stranger from a system that is empty', async () => {
    system.shop.before = (_, response, url) => (
      reply(response, url.pathname === '/me' ? 404 : 200, { data: { list: [] } }),
      true
    );
    expect(await problems({}, { probe: '/me' })).toEqual([true, false, 1, expect.stringMatching(/probe \/me.*404/)]);
    await expect(keysOf(system.open({}, { probe: 'POST /me' }))).rejects.toMatchObject({
      code: 'HUB_SOURCE_UNAUTHORISED',
    });
  });

  test('a declaration that contradicts itself is refused with every problem', () => {
    const broken = {
      version: undefined,
      byKey: undefined,
      get: { path: '/x/{name}' },
      changes: { ...SINCE, since: { s: '{when}' } },
    };
    expect(() => system.open(broken)).toThrow(/options.version.*options.byKey.*\{when\}.*\{name\}/s);
    expect(() => system.open({ list: { query: {}, paging: { kind: 'page', size: 'n', pageSize: 3 } } })).toThrow(
      /pageSize/,
    );
    expect(() => system.open({ unknown: 1 })).toThrow(/unknown/i);
  });

  test('discover shows the fields of the first record', async () => {
    system.shop.add('A', { title: null });
    const [entity] = await system.open().discover();
    expect(entity?.fields).toContainEqual({ name: 'title', type: 'unknown', nullable: true });
  });
});
