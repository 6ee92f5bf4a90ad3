import type { DriftItem, Hold, RoundReport } from '#contracts';
import { eventually } from '#testing';
import { describe, expect, jest, test } from '@jest/globals';
import { ReconcilerUnderTest } from './reconciler-under-test.js';

jest.setTimeout(60_000);

const reconciler = new ReconcilerUnderTest();

describe('the reconciler', () => {
  test('repairs drift within the limits, proves it, and the next round is clean', async () => {
    reconciler.host.damage = 60;
    const first = await reconciler.startRound();
    expect(await reconciler.inState(first, 'verified')).toMatchObject({
      scanned: 10_000,
      changed: 60,
      fixed: 60,
      unfixed: 0,
    });
    const items = await reconciler.call<DriftItem[]>(`/rounds/${first}/drift?limit=1000`);
    expect(items).toHaveLength(60);
    expect(new Set(items.map((item) => item.outcome))).toEqual(new Set(['fixed']));
    expect(await reconciler.inState(await reconciler.startRound(), 'clean')).toMatchObject({ changed: 0 });
    const drift = reconciler.topics.find(({ name }) => name.includes('drift'))?.name ?? '';
    await eventually(async () => expect((await reconciler.kafka.endOffsets(drift)).get(0)).toBe(120n), {
      timeoutMs: 20_000,
    });
  });

  test('holds a round over a limit until it is approved, and asks again when rows moved since', async () => {
    reconciler.host.damage = 1_000;
    const id = await reconciler.startRound();
    await reconciler.inState(id, 'held');
    const hold = await reconciler.openHold();
    expect(hold).toMatchObject({ id, kind: 'round', rule: 'changed-share', count: 1_000, limit: 200 });
    reconciler.host.asked.length = 0;
    const early = await reconciler.call<{ code: string }>(`/holds/${id}/approve`, { digest: 'other', actor: 'ann' });
    expect(early.code).toBe('HUB_APPROVAL_STALE');
    reconciler.host.damage = 1_001;
    const approved = await reconciler.call<Hold>(`/holds/${id}/approve`, { digest: hold.digest, actor: 'ann' });
    expect(approved).toMatchObject({ state: 'approved', decidedBy: 'ann' });
    await reconciler.inState(id, 'held');
    const again = await reconciler.openHold();
    expect(again).toMatchObject({ id, state: 'open', count: 1_001, digest: '1001 damaged', decidedBy: null });
    await reconciler.call(`/holds/${id}/approve`, { digest: again.digest, actor: 'ann' });
    expect(await reconciler.inState(id, 'verified')).toMatchObject({ fixed: 1_001 });
    await reconciler.askedToEnd();
    expect(reconciler.host.asked).toEqual(['commit', 'scan', 'commit', 'verify', 'discard']);
  });

  test('writes nothing of a rejected round', async () => {
    reconciler.host.damage = 2_000;
    const id = await reconciler.startRound();
    await reconciler.inState(id, 'held');
    reconciler.host.asked.length = 0;
    const { digest } = await reconciler.openHold();
    const body = { digest, actor: 'ann' };
    expect(await reconciler.call<Hold>(`/holds/${id}/reject`, body)).toMatchObject({
      state: 'rejected',
      decidedBy: 'ann',
    });
    expect(await reconciler.call<{ code: string }>(`/holds/${id}/approve`, body)).toMatchObject({
      code: 'HUB_APPROVAL_STALE',
    });
    await reconciler.inState(id, 'rejected');
    await reconciler.askedToEnd();
    expect(reconciler.host.asked).toEqual(['discard']);
    expect(reconciler.host.damage).toBe(2_000);
    reconciler.host.damage = 0;
  });

  test('goes on after a restart, and waits for a host that is away', async () => {
    reconciler.host.damage = 3;
    await reconciler.host.stop();
    const id = await reconciler.startRound();
    await eventually(
      async () =>
        expect((await reconciler.call<RoundReport>(`/rounds/${id}`)).problem).toContain('HUB_SOURCE_UNREACHABLE'),
      { timeoutMs: 20_000 },
    );
    await reconciler.restart();
    reconciler.host.start();
    expect(await reconciler.inState(id, 'verified')).toMatchObject({ fixed: 3, problem: null });
    await reconciler.askedToEnd();
  });

  test('two reconcilers share the work without doubling it', async () => {
    const second = await reconciler.start();
    try {
      reconciler.host.damage = 5;
      reconciler.host.asked.length = 0;
      await reconciler.inState(await reconciler.startRound(), 'verified');
      await reconciler.askedToEnd();
      expect(reconciler.host.asked).toEqual(['scan', 'commit', 'verify', 'discard']);
    } finally {
      await second.close();
    }
  });

  test('forgets at its start what is older than its hub file says', async () => {
    const old = `clock_timestamp() - interval '91 days'`;
    await reconciler.query(`INSERT INTO round (id, system, entity, demanded, state, step, started_at, ended_at) VALUES
      ('old', 'shop', 'price', false, 'clean', NULL, ${old}, ${old}),
      ('kept', 'shop', 'price', false, 'clean', NULL, clock_timestamp(), clock_timestamp())`);
    expect(await reconciler.call<RoundReport>('/rounds/old')).toMatchObject({ state: 'clean' });
    const second = await reconciler.start();
    try {
      const isGone = async (): Promise<void> =>
        expect(await reconciler.call('/rounds/old')).toMatchObject({ code: 'HUB_NOT_FOUND' });
      await eventually(isGone, { timeoutMs: 10_000 });
      expect(await reconciler.call<RoundReport>('/rounds/kept')).toMatchObject({ state: 'clean' });
    } finally {
      await second.close();
    }
  });

  test('answers what is wrong with a request', async () => {
    expect(await reconciler.call('/rounds', { system: 'none' })).toMatchObject({ code: 'HUB_NOT_FOUND' });
    expect(await reconciler.call('/rounds', { system: 'shop', entity: 'price' })).toMatchObject({
      code: 'HUB_NOT_FOUND',
    });
    expect(await reconciler.call('/rounds', { entity: 'cat' })).toMatchObject({ code: 'HUB_REQUEST_INVALID' });
    expect(await reconciler.call('/holds/none/approve', { digest: 'd', actor: 'a' })).toMatchObject({
      code: 'HUB_NOT_FOUND',
    });
    expect(await reconciler.call('/rounds/none')).toMatchObject({ code: 'HUB_NOT_FOUND' });
    expect(await reconciler.call('/health/ready')).toMatchObject({ status: 'ready' });
    expect((await fetch(`${reconciler.url}/rounds`)).status).toBe(401);
  });
});
