import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { SystemMode, SystemStatus } from '#contracts';
import type { HubProcesses } from '#hub-runner';
import { HubUnderTest } from './hub-under-test.js';

const ARTICLES = 40;
const SWITCHES = 60;
const AT_ONCE = 6;

describe('a mode that switches back and forth within moments', () => {
  let hub: HubUnderTest;
  beforeAll(async () => {
    hub = await HubUnderTest.start({ processes: 'one' });
    await hub.fillShop(ARTICLES);
  });
  afterAll(() => hub.drop());

  /** @returns the status; 409 where records differ just now, which is no reason to fail */
  const switchTo = async (mode: SystemMode): Promise<number> => {
    const { processes } = hub.test.hub;
    const answer = await fetch(`${processes.urlOf('connector-shop')}/mode`, {
      method: 'POST',
      headers: { authorization: `Bearer ${processes.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ mode, actor: 'test' }),
    });
    await answer.text();
    return answer.status;
  };
  /** Several at a time, in turns and against each other. @returns how often each status was answered */
  const switchOften = async (): Promise<Record<number, number>> => {
    const seen: Record<number, number> = {};
    for (let done = 0; done < SWITCHES; done += AT_ONCE) {
      const modes = Array.from({ length: AT_ONCE }, (_, nth): SystemMode => (nth % 2 === 0 ? 'observe' : 'write'));
      for (const status of await Promise.all(modes.map(switchTo))) seen[status] = (seen[status] ?? 0) + 1;
    }
    return seen;
  };
  const expectItWrites = async (): Promise<void> => {
    await hub.test.hub.setMode('shop', 'write');
    await hub.sql(`UPDATE erp.article SET maker = maker || '+'`);
    await hub.untilEqual();
    expect(hub.test.hub.processes.isAlive('all-in-one')).toBe(true);
    expect(await hub.shopStatus()).toMatchObject({ state: 'running', mode: 'write', problem: null });
  };

  test('ends as was said last, and writes then', async () => {
    expect(await switchOften()).toEqual({ 201: SWITCHES });
    await expectItWrites();
  });

  test('also while records change; rounds and scans go on', async () => {
    await hub.sql(`UPDATE erp.article SET maker = 'moving'`);
    const [seen] = await Promise.all([switchOften(), hub.round('shop')]);
    expect(Object.keys(seen).filter((status) => status !== '201' && status !== '409')).toEqual([]);
    await hub.test.hub.setMode('shop', 'observe');
    await hub.sql(`UPDATE erp.article SET maker = 'moved'`);
    await hub.untilRead('erp');
    expect((await hub.sql('SELECT count(*)::int AS n FROM shop.product'))[0]).toEqual({ n: ARTICLES });
  });
});

describe('two replicas of a connector, one of which is told a mode', () => {
  let hub: HubUnderTest;
  let replica: HubProcesses;
  beforeAll(async () => {
    hub = await HubUnderTest.start({ processes: ['connector-erp', 'golden', 'connector-shop'] });
    replica = await hub.startReplica('connector-shop');
  });
  afterAll(async () => {
    await replica.stopAll();
    await hub.drop();
  });

  test('the other one writes, too, when it is alone', async () => {
    await hub.fillShop(ARTICLES);
    await hub.test.hub.processes.stop('connector-shop', 'SIGKILL');
    await hub.sql(`UPDATE erp.article SET maker = 'written by the other'`);
    await hub.untilEqual();
    const status = await replica.call<SystemStatus>('connector-shop', '/status');
    expect(status).toMatchObject({ state: 'running', mode: 'write', problem: null, setAside: [] });
  });
});
