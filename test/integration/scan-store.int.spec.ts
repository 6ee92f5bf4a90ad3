import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { testScanStore } from '#reconciliation/testing';
import { aRecord, aRow, ENTITY, ids, MirrorFixture } from './host-fixture.js';

describe('the scan store in PostgreSQL', () => {
  let fixture: MirrorFixture;
  beforeAll(async () => {
    fixture = await MirrorFixture.create();
  });
  beforeEach(() => fixture.clear());
  afterAll(() => fixture.drop());

  testScanStore(async () => ({
    store: fixture.scans,
    setRows: async (externalIds) => {
      if (externalIds.length > 0) await fixture.insert(...externalIds.map((id) => aRow(id)));
    },
    addRow: (externalId) => fixture.insert(aRow(externalId)),
  }));

  test('two processes that go on with one scan: one of them stores the page, and the other leaves nothing', async () => {
    await fixture.insert(aRow('A'), aRow('B'), aRow('C'));
    const begun = await fixture.scans.begin({ roundId: 'r1', entity: ENTITY, scope: 's' }, null);
    const page = (id: string) => ({
      readIds: [id],
      unreadableIds: [],
      candidates: [id],
      cursor: `after ${id}`,
      total: null,
    });
    const saved = await Promise.allSettled([
      fixture.scans.savePage(begun, page('A')),
      fixture.scans.savePage(begun, page('B')),
    ]);
    expect(saved.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const state = await fixture.scans.findScan('r1', ENTITY);
    expect(state).toMatchObject({ pages: 1, scanned: 1 });
    if (!state) throw new Error('the scan is gone');
    expect(await fixture.scans.findCandidates(state, null, 10)).toEqual([state.cursor?.replace('after ', '')]);
  });

  test('finds by hashes what says something else than its live row', async () => {
    await fixture.insert(aRow('SAME'), aRow('OTHER'), aRow('GONE'));
    await fixture.database.query(`UPDATE mirror SET live = false WHERE key = 'GONE'`);
    const readings = [aRecord('SAME'), aRecord('OTHER', 'B'), aRecord('GONE'), aRecord('NEW')];
    const unequal = await fixture.rounds.findUnequal(ENTITY, readings);
    expect([...unequal].sort()).toEqual(ids('GONE', 'NEW', 'OTHER'));
  });
});
