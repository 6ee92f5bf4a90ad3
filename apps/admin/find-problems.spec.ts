import { describe, expect, test } from '@jest/globals';
import type { EntityStatus, Hold, RoundReport, SetAside, SystemStatus } from '#contracts';
import type { Instant, SystemId } from '#kernel';
import { findProblems } from './find-problems.js';
import type { HubReading } from './hub-reader.js';

const [SHOP, AT] = ['shop' as SystemId, '2026-11-23T04:05:06.000000Z' as Instant];
const ENTITY: EntityStatus = {
  ...{ entity: 'price', live: 10, foreign: 0, due: 3, openIntents: 0, rereads: 0, setAside: 0 },
  ...{ firstScanCompletedAt: AT, caughtUpAt: AT },
};
const STATUS: SystemStatus = {
  ...{ system: SHOP, connector: 'sql', mode: 'write', state: 'running', problem: null },
  ...{ entities: [ENTITY], outboxRows: 0, setAside: [] },
};
const HOLD: Hold = {
  ...{ id: 'live-1', kind: 'live', system: SHOP, entity: 'price', rule: 'to-zero:amount', count: 20, limit: 10 },
  ...{ reason: 'Zero.', samples: ['A-1'], digest: 'd', state: 'open', openedAt: AT, decidedAt: null, decidedBy: null },
};
const ROUND: RoundReport = {
  ...{ id: 'r1', system: SHOP, entity: 'price', state: 'verified', scanned: 10, changed: 0, missing: 0, foreign: 0 },
  ...{ undecided: 0, fixed: 0, unfixed: 0, fields: {}, holdId: null, problem: null, startedAt: AT, endedAt: AT },
};

function reading(status: SystemStatus | null, more: Partial<HubReading> = {}): HubReading {
  const system = { id: SHOP, connector: 'sql', wishedMode: 'write', entities: ['price'], status } as const;
  const nothing = { holds: [], rounds: [], parked: [], webhooks: [], restored: [], unreachable: [] };
  return { hub: 'h', at: AT, entities: ['price'], golden: null, systems: [system], ...nothing, ...more };
}
const idsOf = (of: HubReading): string[] => findProblems(of).map(({ id, urgency }) => `${urgency} ${id}`);

describe('what is wrong', () => {
  test('nothing, where everything runs', () => {
    expect(findProblems(reading(STATUS, { rounds: [ROUND] }))).toEqual([]);
  });

  test('what waits for a person comes before what the hub is at', () => {
    const down = { ...STATUS, state: 'down', problem: 'refused' } as const;
    expect(idsOf(reading(down, { holds: [HOLD] }))).toEqual(['act hold:live:live-1', 'watch down:shop']);
  });

  test('a hold says since when, how many, samples, and where it is decided', () => {
    expect(findProblems(reading(STATUS, { holds: [HOLD] }))).toMatchObject([
      { since: AT, records: 20, samples: ['A-1'], next: { path: '/holds/live/live-1' } },
    ]);
  });

  test('a service that does not answer is named, a connector by its system', () => {
    const unreachable = [
      { service: 'connector shop', message: 'm' },
      { service: 'golden', message: 'm' },
    ];
    const found = findProblems(reading(null, { unreachable }));
    expect(found.map(({ what }) => what)).toEqual(['shop does not answer', 'golden does not answer']);
    expect(found[0]?.next.path).toBe('/systems/shop');
  });

  test('only the newest round of a store counts', () => {
    const failed = { ...ROUND, id: 'r0', state: 'failed', problem: 'why' } as const;
    const later = { ...ROUND, startedAt: '2026-11-24T00:00:00.000000Z' as Instant };
    expect(idsOf(reading(STATUS, { rounds: [later, failed] }))).toEqual([]);
    expect(idsOf(reading(STATUS, { rounds: [failed] }))).toEqual(['act round:r0']);
    expect(findProblems(reading(STATUS, { rounds: [{ ...ROUND, unfixed: 2 }] }))).toMatchObject([{ records: 2 }]);
  });

  test('records set aside are grouped by kind, since the oldest', () => {
    const item = (kind: SetAside['kind'], externalId: string, at: string): SetAside => {
      return { entity: 'price', externalId, key: null, kind, reason: 'bad', at: at as Instant };
    };
    const setAside = [
      item('parked', '1', '2026-02'),
      item('parked', '2', '2026-01'),
      item('rejected-read', '3', '2026-03'),
    ];
    expect(findProblems(reading({ ...STATUS, setAside }))).toMatchObject([
      { id: 'set-aside:shop:parked', records: 2, since: '2026-01', samples: ['1', '2'] },
      { id: 'set-aside:shop:rejected-read', records: 1 },
    ]);
  });

  test('a system that is wished to be written and is not waits for a person, with what would be written', () => {
    expect(findProblems(reading({ ...STATUS, mode: 'observe' }))).toMatchObject([{ id: 'mode:shop', records: 3 }]);
  });

  test('a first scan is watched while its system runs', () => {
    const entities = [{ ...ENTITY, firstScanCompletedAt: null }];
    expect(idsOf(reading({ ...STATUS, entities }))).toEqual(['watch unscanned:shop:price']);
    expect(idsOf(reading({ ...STATUS, entities, state: 'stopped' }))).toEqual(['act stopped:shop']);
  });
});
