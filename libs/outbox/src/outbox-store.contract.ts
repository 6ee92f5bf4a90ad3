import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { encodeHeaders } from './message-headers.js';
import type { OutboxMessage, OutboxRow, OutboxStore, ParkedKeys, ParkedRow, ShardLease } from './ports.js';
import { shardOf } from './shard.js';

/** A store under test and a way to append in a transaction of its own. */
export interface OutboxStoreFixture {
  readonly store: OutboxStore;
  readonly parked: ParkedKeys;
  append(messages: readonly OutboxMessage[]): Promise<void>;
  close(): Promise<void>;
}

const TTL_MS = 60_000;

/** A message with awkward characters; the builder of the suite. */
function aMessage(key: string, text = key): OutboxMessage {
  return {
    topics: ['erp.product.changed.v1', 'history'],
    key,
    value: Buffer.from(`\u0000\\${text}`),
    headers: encodeHeaders({ ce_id: `"ü" ${text}` }),
  };
}

const toMessage = ({ topics, key, value, headers }: OutboxRow): OutboxMessage => ({ topics, key, value, headers });

/** What every {@link OutboxStore} must do; `makeStore` gives an empty one. */
export function testOutboxStore(makeStore: (shards: number) => Promise<OutboxStoreFixture>): void {
  describe('OutboxStore', () => {
    let fixture: OutboxStoreFixture;
    beforeEach(async () => {
      fixture = await makeStore(1);
    });
    afterEach(() => fixture.close());

    testRows(() => fixture);
    testLeases(() => fixture);
    testParking(() => fixture);
    testLimit(() => fixture);
    test('gives all rows of a key to one shard', async () => {
      await fixture.close();
      fixture = await makeStore(4);
      const keys = Array.from({ length: 40 }, (_, index) => `SKU-${index}`);
      await fixture.append(keys.map((key) => aMessage(key)));
      for (let shard = 0; shard < 4; shard += 1) {
        const rows = await fixture.store.findPending(await leaseOf(fixture, 'a', shard), 100, []);
        expect(rows.map((row) => row.key)).toEqual(keys.filter((key) => shardOf(key, 4) === shard));
      }
    });
  });
}

function testRows(fixture: () => OutboxStoreFixture): void {
  test('gives pending rows back unchanged, in the order of appending', async () => {
    const messages = Array.from({ length: 250 }, (_, index) => aMessage(`k${index % 7}`, `日本 ${index}`));
    await fixture().append(messages.slice(0, 200));
    await fixture().append(messages.slice(200));
    const rows = await fixture().store.findPending(await leaseOf(fixture(), 'a'), 1000, []);
    expect(rows.map(toMessage)).toEqual(messages);
    expect(Math.abs((rows[0]?.appendedAtMs ?? 0) - Date.now())).toBeLessThan(60_000);
    expect([...rows].sort((left, right) => (left.sequence < right.sequence ? -1 : 1))).toEqual(rows);
  });

  test('gives no more rows than asked for, the oldest first', async () => {
    await fixture().append(['a', 'b', 'c'].map((key) => aMessage(key)));
    const rows = await fixture().store.findPending(await leaseOf(fixture(), 'a'), 2, []);
    expect(rows.map((row) => row.key)).toEqual(['a', 'b']);
  });

  test('bounds a page by its bytes, and comes to the end all the same', async () => {
    const large = ['a', 'b', 'c', 'd', 'e'].map((key) => ({ ...aMessage(key), value: Buffer.alloc(800_000, key) }));
    await fixture().append(large);
    const lease = await leaseOf(fixture(), 'a');
    const inFlight: bigint[] = [];
    const pages: string[] = [];
    for (let isEnd = false; !isEnd;) {
      const rows = await fixture().store.findPending(lease, 100, inFlight);
      inFlight.push(...rows.map((row) => row.sequence));
      expect(rows.every(({ key, value }) => value.equals(Buffer.alloc(800_000, key)))).toBe(true);
      pages.push(rows.map(({ key }) => key).join(''));
      isEnd = rows.length === 0;
    }
    expect(pages).toEqual(['ab', 'cd', 'e', '']);
  });

  test('leaves out the rows that the caller has, and finds what lies below them', async () => {
    await fixture().append(['a', 'b', 'c', 'd', 'e'].map((key) => aMessage(key)));
    const lease = await leaseOf(fixture(), 'a');
    const sequences = (await fixture().store.findPending(lease, 10, [])).map((row) => row.sequence);
    const find = async (limit: number, except: readonly bigint[]): Promise<string[]> =>
      (await fixture().store.findPending(lease, limit, except)).map((row) => row.key);
    expect(
      await find(
        10,
        [1, 3].map((index) => sequences[index] ?? 0n),
      ),
    ).toEqual(['a', 'c', 'e']);
    expect(
      await find(
        2,
        [1, 3].map((index) => sequences[index] ?? 0n),
      ),
    ).toEqual(['a', 'c']);
    expect(
      await find(
        10,
        [4, 2].map((index) => sequences[index] ?? 0n),
      ),
    ).toEqual(['a', 'b', 'd']);
    await fixture().store.markSent(lease, sequences.slice(0, 2));
    expect(await find(10, sequences.slice(0, 3))).toEqual(['d', 'e']);
  });

  test('removes exactly the rows that were sent, also when told twice', async () => {
    await fixture().append(['a', 'b', 'c'].map((key) => aMessage(key)));
    const lease = await leaseOf(fixture(), 'a');
    const [first, , third] = await fixture().store.findPending(lease, 10, []);
    const sent = [first, third].map((row) => row?.sequence ?? 0n);
    await fixture().store.markSent(lease, sent);
    await fixture().store.markSent(lease, sent);
    expect((await fixture().store.findPending(lease, 10, [])).map((row) => row.key)).toEqual(['b']);
  });

  test('counts the backlog', async () => {
    expect(await fixture().store.findBacklog()).toEqual({
      ...{ rows: 0, oldestAgeMs: 0, parkedKeys: 0, parkedRows: 0 },
    });
    await fixture().append(['a', 'b'].map((key) => aMessage(key)));
    const backlog = await fixture().store.findBacklog();
    expect(backlog.rows).toBe(2);
    expect(backlog.oldestAgeMs).toBeGreaterThanOrEqual(0);
    expect(backlog.oldestAgeMs).toBeLessThan(60_000);
  });
}

function testLimit(fixture: () => OutboxStoreFixture): void {
  test('refuses appending while as many rows wait as the limit allows, parked ones among them, and goes on below it', async () => {
    const append = (key: string) => fixture().append([aMessage(key)]);
    const { store } = fixture();
    expect(await store.limitRows(3)).toBe(false);
    for (const key of ['a', 'b', 'c']) await append(key);
    expect(await store.limitRows(4)).toBe(false);
    expect(await store.limitRows(3)).toBe(true);
    await expect(append('d')).rejects.toMatchObject({ code: 'HUB_OUTBOX_FULL', disposition: 'retry' });
    const lease = await leaseOf(fixture(), 'a');
    const rows = await store.findPending(lease, 10, []);
    expect(rows.map((row) => row.key)).toEqual(['a', 'b', 'c']);
    const sequences = rows.map((row) => row.sequence);
    const cause = { code: 'HUB_TOPIC_MISSING', reason: 'gone' } as const;
    await store.markSent(lease, sequences.slice(0, 2), [{ sequence: sequences[0] ?? 0n, key: 'a', cause }]);
    expect(await store.limitRows(2)).toBe(true);
    expect(await store.limitRows(3)).toBe(false);
    await append('d');
  });
}

function testLeases(fixture: () => OutboxStoreFixture): void {
  test('gives a shard to one owner at a time, who may renew it', async () => {
    const lease = await leaseOf(fixture(), 'a');
    expect(await fixture().store.acquire(0, 'b', TTL_MS)).toBeNull();
    expect(await fixture().store.acquire(0, 'a', TTL_MS)).toEqual(lease);
  });

  test('fences an owner whose lease ended and was taken', async () => {
    await fixture().append([aMessage('a')]);
    const old = await leaseOf(fixture(), 'a', 0, 0);
    const taken = await leaseOf(fixture(), 'b');
    expect(taken.epoch).toBeGreaterThan(old.epoch);
    const [row] = await fixture().store.findPending(old, 1, []);
    const late = fixture().store.markSent(old, [row?.sequence ?? 0n]);
    await expect(late).rejects.toMatchObject({ code: 'HUB_LEASE_LOST' });
    expect(await fixture().store.findPending(taken, 1, [])).toHaveLength(1);
  });

  test('frees a shard at once when its owner releases it', async () => {
    const first = await leaseOf(fixture(), 'a');
    await fixture().store.release(first);
    const second = await leaseOf(fixture(), 'b');
    expect(second.epoch).toBeGreaterThan(first.epoch);
    await fixture().store.release(first);
    expect(await fixture().store.acquire(0, 'c', TTL_MS)).toBeNull();
  });
}

function testParking(fixture: () => OutboxStoreFixture): void {
  const cause = { code: 'HUB_PAYLOAD_TOO_LARGE', reason: 'larger than the topic takes' } as const;
  /** Appends rows of these keys, parks those of `a`, removes the others. */
  async function parkA(keys: readonly string[]): Promise<ShardLease> {
    await fixture().append(keys.map((key, index) => aMessage(key, String(index))));
    const lease = await leaseOf(fixture(), 'a');
    const rows = await fixture().store.findPending(lease, 100, []);
    await fixture().store.markSent(
      lease,
      rows.map((row) => row.sequence),
      toParked(rows),
    );
    return lease;
  }
  const toParked = (rows: readonly OutboxRow[]): ParkedRow[] =>
    rows
      .filter((row) => row.key === 'a')
      .map(({ sequence, key }, index) => ({ sequence, key, cause: index === 0 ? cause : null }));

  test('keeps parked rows apart and tells the reason', async () => {
    const lease = await parkA(['b', 'a', 'c', 'a']);
    expect(await fixture().store.findPending(lease, 100, [])).toEqual([]);
    expect(await fixture().store.findParkedKeys(lease)).toEqual(['a']);
    expect(await fixture().store.findBacklog()).toMatchObject({ rows: 0, parkedKeys: 1, parkedRows: 2 });
    const [found, ...others] = await fixture().parked.findParked(10);
    expect(others).toEqual([]);
    expect(found).toMatchObject({ key: 'a', ...cause, rows: 2, isReleased: false });
    expect(Math.abs(Number(found?.parkedAt) - Date.now())).toBeLessThan(60_000);
  });

  test('makes released rows pending again, unchanged, in their order and before what is newer', async () => {
    const lease = await parkA(['a', 'b', 'a']);
    await fixture().append([aMessage('a', 'newer')]);
    expect(await fixture().store.releaseParked(lease)).toEqual([]);
    expect(await fixture().parked.requestRelease(['a', 'unknown'])).toBe(1);
    expect(await fixture().parked.findParked(10)).toMatchObject([{ key: 'a', isReleased: true }]);
    expect(await fixture().store.releaseParked(lease)).toEqual(['a']);
    const rows = await fixture().store.findPending(lease, 100, []);
    expect(rows.map(toMessage)).toEqual(['0', '2', 'newer'].map((text) => aMessage('a', text)));
    expect(await fixture().store.findParkedKeys(lease)).toEqual([]);
    expect(await fixture().store.findBacklog()).toMatchObject({ rows: 3, parkedKeys: 0, parkedRows: 0 });
    expect(await fixture().store.releaseParked(lease)).toEqual([]);
  });

  test('lets only the holder of the lease park and release', async () => {
    await fixture().append([aMessage('a')]);
    const old = await leaseOf(fixture(), 'a', 0, 0);
    const rows = await fixture().store.findPending(old, 1, []);
    const taken = await leaseOf(fixture(), 'b');
    const sequences = rows.map((row) => row.sequence);
    await expect(fixture().store.markSent(old, sequences, toParked(rows))).rejects.toMatchObject({
      code: 'HUB_LEASE_LOST',
    });
    await fixture().store.markSent(taken, sequences, toParked(rows));
    await fixture().parked.requestRelease('all');
    await expect(fixture().store.releaseParked(old)).rejects.toMatchObject({ code: 'HUB_LEASE_LOST' });
    expect(await fixture().store.releaseParked(taken)).toEqual(['a']);
  });
}

async function leaseOf(fixture: OutboxStoreFixture, owner: string, shard = 0, ttlMs = TTL_MS): Promise<ShardLease> {
  const lease = await fixture.store.acquire(shard, owner, ttlMs);
  if (!lease) throw new Error(`shard ${shard} is not free`);
  return lease;
}
