import { beforeEach, describe, expect, test } from '@jest/globals';
import { HubError, noMetrics, silentLogger } from '#kernel';
import { InMemoryOutboxStore } from './in-memory-outbox-store.js';
import { ManualClock } from './manual-clock.js';
import { encodeHeaders } from './message-headers.js';
import { assertFitsTopic, MAX_MESSAGE_BYTES } from './message-size.js';
import { OutboxRelay } from './outbox-relay.js';
import type { OutboxMessage, OutboxRow } from './ports.js';

const aMessage = (key: string): OutboxMessage => ({
  topics: ['t'],
  key,
  value: Buffer.from(key),
  headers: encodeHeaders({}),
});

describe('OutboxRelay', () => {
  let clock: ManualClock;
  let store: InMemoryOutboxStore;
  let published: string[];
  let fatal: HubError[];
  let publish: (rows: readonly OutboxRow[]) => Promise<void>;
  beforeEach(() => {
    clock = new ManualClock();
    store = new InMemoryOutboxStore(clock);
    published = [];
    fatal = [];
    publish = async (rows) => void published.push(...rows.map((row) => row.key));
  });

  const aRelay = (owner: string): OutboxRelay =>
    new OutboxRelay({
      store,
      publisher: { publish: (rows) => publish(rows) },
      clock,
      logger: silentLogger,
      metrics: noMetrics,
      owner,
      onFatal: (error) => fatal.push(error),
    });

  test('publishes at once what its own process committed', async () => {
    const relay = aRelay('a');
    relay.start();
    await clock.advance(10_000);
    await store.append([aMessage('x')]);
    relay.wake();
    await clock.advance(0);
    expect(published).toEqual(['x']);
  });

  test('finds what another process committed after a quiet while within a twentieth of a second', async () => {
    aRelay('a').start();
    await clock.advance(10_000);
    await store.append([aMessage('x')]);
    await clock.advance(50);
    expect(published).toEqual(['x']);
  });

  test('a standby asks for the lease twice a second at most: each time it locks the row of the leader', async () => {
    aRelay('a').start();
    await clock.advance(100);
    const acquire = store.acquire.bind(store);
    let asked = 0;
    store.acquire = (shard, owner, ttlMs) => ((asked += owner === 'b' ? 1 : 0), acquire(shard, owner, ttlMs));
    aRelay('b').start();
    await clock.advance(10_000);
    expect(asked).toBeGreaterThan(10);
    expect(asked).toBeLessThanOrEqual(21);
  });

  test('repeats the same rows while the broker is away, whatever is committed meanwhile', async () => {
    const seen: string[][] = [];
    publish = async (rows) => {
      seen.push(rows.map((row) => row.key));
      throw new HubError('HUB_BROKER_UNREACHABLE', 'down');
    };
    const relay = aRelay('a');
    relay.start();
    await store.append([aMessage('x')]);
    await clock.advance(1_000);
    const attempts = seen.length;
    for (let wakes = 0; wakes < 50; wakes += 1) relay.wake();
    await clock.advance(0);
    expect(seen.length).toBe(attempts);
    expect(seen.every((keys) => keys[0] === 'x')).toBe(true);
    expect(store.size).toBe(1);
  });

  test('stop waits for the batch in flight, removes it and frees the shard', async () => {
    let release = (): void => undefined;
    publish = (rows) =>
      new Promise((resolve) => {
        release = () => (published.push(...rows.map((row) => row.key)), resolve());
      });
    const relay = aRelay('a');
    await store.append([aMessage('x')]);
    relay.start();
    await clock.advance(0);
    const stopping = relay.stop();
    await clock.advance(0);
    expect(relay.state).toBe('leading');
    release();
    await stopping;
    expect({ published, pending: store.size, state: relay.state }).toEqual({
      published: ['x'],
      pending: 0,
      state: 'stopped',
    });
    expect(await store.acquire(0, 'b', 1_000)).not.toBeNull();
  });

  test('a standby takes over when the leader ends', async () => {
    const [leader, standby] = [aRelay('a'), aRelay('b')];
    leader.start();
    await clock.advance(100);
    standby.start();
    await clock.advance(30_000);
    expect([leader.state, standby.state]).toEqual(['leading', 'standby']);
    await leader.stop();
    await clock.advance(1_000);
    expect(standby.state).toBe('leading');
  });

  test('an unknown error ends it once, with the rows kept', async () => {
    publish = async () => {
      throw new TypeError('a bug');
    };
    const relay = aRelay('a');
    await store.append([aMessage('x')]);
    relay.start();
    await clock.advance(60_000);
    expect(fatal.map((error) => error.disposition)).toEqual(['crash']);
    expect({ state: relay.state, pending: store.size }).toEqual({ state: 'failed', pending: 1 });
  });
});

test('a message that no topic takes fails its writer', () => {
  const tooLarge = { ...aMessage('x'), value: Buffer.alloc(MAX_MESSAGE_BYTES) };
  expect(() => assertFitsTopic(tooLarge)).toThrow(expect.objectContaining({ code: 'HUB_PAYLOAD_TOO_LARGE' }));
  expect(() => assertFitsTopic(aMessage('x'))).not.toThrow();
});
