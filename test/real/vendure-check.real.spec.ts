import { describe, expect, jest, test } from '@jest/globals';
import { VendureUnderTest } from '../harness/vendure-under-test.js';

jest.setTimeout(120_000);

const system = new VendureUnderTest();

describe('check names what is wrong', () => {
  const secret = 'never-to-be-seen';

  test.each([
    ['wrong credentials', { username: 'nobody', password: secret }, /username and password/],
    ['an unreachable host', { url: `http://u:${secret}@127.0.0.1:59999` }, /can't be reached \(ECONNREFUSED\)/],
    ['another address', { adminApiPath: '/nothing' }, /HTTP 404/],
    ['a channel that there is not', { channelToken: secret }, /channelToken/],
  ])('%s', async (_, config, problem) => {
    const report = await system.open(config).check();
    expect(report.problems).toEqual([expect.stringMatching(problem)]);
    expect(JSON.stringify(report)).not.toContain(secret);
  });

  test('missing rights, each by its name', async () => {
    const account = await system.shop.channel.createAdministrator(['ReadCatalog']);
    const { problems, canWrite } = await system.open(account).check();
    expect(problems.join('\n')).toMatch(/ReadCustomer[\s\S]*ReadHubChanges[\s\S]*CreateCatalog/);
    expect(canWrite).toBe(false);
  });

  test('polling says what it can not see', async () => {
    const report = await system.open({ changes: 'polling' }).check();
    expect(report).toMatchObject({ reachable: true, canWrite: true, problems: [], version: 'Vendure 3.7.3' });
    expect(report.notes?.join('\n')).toMatch(/no deletes[\s\S]*price and stock-level/);
  });
});
