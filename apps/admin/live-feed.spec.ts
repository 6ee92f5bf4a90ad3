import { expect, test } from '@jest/globals';
import type { HubOverview } from '#contracts';
import { instantOfMs, silentLogger, type Clock } from '#kernel';
import type { HubReading } from './hub-reader.js';
import { LiveFeed } from './live-feed.js';

/** A feed over services that are read by hand. */
function feedOver(unreachable: () => readonly string[]) {
  const clock = { nowMs: 1_800_000_000_000 };
  const read = async (): Promise<HubReading> => ({
    ...{ hub: 'h', at: instantOfMs(clock.nowMs), entities: [], systems: [], golden: null, holds: [], rounds: [] },
    ...{ parked: [], webhooks: [], restored: [] },
    unreachable: unreachable().map((service) => ({ service, message: 'm' })),
  });
  const stopped: Clock = { nowMs: () => clock.nowMs, sleep: async () => undefined };
  return { clock, feed: new LiveFeed({ read, note: async () => undefined, clock: stopped, logger: silentLogger }) };
}

test('a problem keeps the time at which it was first seen, until it is gone', async () => {
  let down: readonly string[] = ['golden'];
  const { clock, feed } = feedOver(() => down);
  const sinceAt = async (ms: number): Promise<string | undefined> => {
    clock.nowMs += ms;
    return (await feed.current()).problems[0]?.since;
  };
  const first = await sinceAt(0);
  expect(await sinceAt(60_000)).toBe(first);
  down = [];
  expect(await sinceAt(60_000)).toBeUndefined();
  down = ['golden'];
  expect(await sinceAt(60_000)).not.toBe(first);
});

test('the services are not asked again within two seconds, however many browsers ask', async () => {
  let reads = 0;
  const { clock, feed } = feedOver(() => [String((reads += 1))]);
  await feed.current();
  await feed.current();
  expect(reads).toBe(1);
  clock.nowMs += 2_000;
  await feed.current();
  expect(reads).toBe(2);
});

test('listeners hear every state, until they stop listening', async () => {
  const { clock, feed } = feedOver(() => []);
  const heard: HubOverview[] = [];
  const end = feed.listen((overview) => heard.push(overview));
  await feed.current();
  end();
  clock.nowMs += 10_000;
  await feed.current();
  expect(heard).toHaveLength(1);
});
