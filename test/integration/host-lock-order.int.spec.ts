import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ReadingCommit } from '#connector-host/testing';
import { eventually } from '#testing';
import { aRecord, aRow, ENTITY, entityContext, ids, ME, MirrorFixture } from './host-fixture.js';

/** In the order of their ids, which is not that of their names. */
const [FIRST, SECOND] = ['Z', 'A'] as const;

/** Found by `bench -- soak`: polls of several pages, golden pages and scans that store digests waited for each other. */
describe('everybody who locks several rows does so in one order', () => {
  let mirror: MirrorFixture;
  beforeAll(async () => void (mirror = await MirrorFixture.create()), 60_000);
  beforeEach(async () => {
    await mirror.clear();
    await mirror.insert(aRow(FIRST), aRow(SECOND));
  });
  afterAll(() => mirror.drop());

  /** Locks the first row, lets `work` come to where it waits, then locks the second: a circle would be broken by force. */
  const besideOneThatLocksInOrder = async <T>(work: () => Promise<T>): Promise<T> => {
    let working: Promise<T> | undefined;
    await mirror.store.transaction(async (tx) => {
      await tx.lockRows(ENTITY, { externalIds: ids(FIRST) }, null, ME);
      working = work();
      working.catch(() => undefined); // told below
      await eventually(async () => expect(await countWaiting()).toBe(1), { timeoutMs: 10_000 });
      await tx.lockRows(ENTITY, { externalIds: ids(SECOND) }, null, ME);
    });
    return working as Promise<T>;
  };
  const countWaiting = async (): Promise<number> => {
    const [row] = await mirror.database.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM pg_locks l JOIN pg_stat_activity a USING (pid)
       WHERE NOT l.granted AND a.query LIKE '%mirror%' AND a.application_name = 'host-test'
         AND pg_blocking_pids(pid) && (SELECT array_agg(pid) FROM pg_locks WHERE relation = 'mirror'::regclass)`,
    );
    return row?.count ?? 0;
  };

  test('a poll of two pages, the later row first', async () => {
    const ticket = await mirror.store.drawTicket();
    const pages = [[aRecord(SECOND, 'B')], [aRecord(FIRST, 'B')]];
    const poll = () =>
      mirror.store.transaction(async (tx) => {
        const commit = new ReadingCommit(mirror.context(), entityContext, tx);
        await commit.hold(pages);
        for (const records of pages) await commit.add({ records, ticket, readAtMs: Date.now() });
        return commit.commit('batch');
      });
    expect(await besideOneThatLocksInOrder(poll)).toMatchObject({ authored: 2 });
  });

  test('digests of a scanned page, the later row first', async () => {
    const ticket = await mirror.store.drawTicket();
    const digests = [SECOND, FIRST].map((externalId) => ({ externalId, digest: '00000000000000aa' }));
    const save = () => mirror.digests.saveDigests(ENTITY, digests, ticket);
    expect(await besideOneThatLocksInOrder(save)).toBe(2);
  });
});
