import { describe, expect, test } from '@jest/globals';
import type { HubOverview, Hold, ParkedOfService, RoundReport } from '#contracts';
import { RequestAccess, type RoleTable } from '#auth';
import { cutOverview } from './cut-overview.js';
import { findProblems } from './find-problems.js';

const roles: RoleTable = {
  all: [{ permission: '*:*' }],
  prices: [{ permission: '*:*', scope: { entities: ['price'] } }],
  shop: [{ permission: '*:*', scope: { systems: ['shop'] } }],
};
const hold = (id: string, system: string, entity: string): Hold =>
  ({
    ...{ id, kind: 'live', system, entity, rule: 'r', count: 9, limit: 1, reason: 'too many', samples: ['A-1'] },
    ...{ digest: 'd', state: 'open', openedAt: '2026-11-26T00:00:00Z', decidedAt: null, decidedBy: null },
  }) as unknown as Hold;

function overview(): HubOverview {
  const reading = {
    ...{ hub: 'test', at: '2026-11-26T00:00:00Z', entities: ['price', 'product'] },
    systems: [
      { id: 'erp', connector: 'sql', wishedMode: 'observe', entities: ['product'], status: null },
      { id: 'shop', connector: 'sql', wishedMode: 'write', entities: ['price', 'product'], status: null },
    ],
    golden: { entities: [{ entity: 'price' }, { entity: 'product' }], outboxRows: 0, openHolds: 2 },
    holds: [hold('h1', 'shop', 'price'), hold('h2', 'erp', 'product')],
    rounds: [{ id: 'r1', system: 'erp', entity: 'product' }] as unknown as RoundReport[],
    parked: [{ service: 'golden', keys: [{ key: 'k' }], more: false }] as unknown as ParkedOfService[],
    ...{ webhooks: [], restored: [] },
    unreachable: [{ service: 'connector erp', message: 'erp is away' }],
  } as unknown as Omit<HubOverview, 'problems'>;
  const problems = findProblems(reading as never).map((found) => ({ ...found, since: reading.at }));
  return { ...reading, problems };
}

const access = (role: string): RequestAccess =>
  new RequestAccess({
    principal: { subject: 'ann', name: 'Ann', kind: 'person', roles: [role] },
    ...{ permission: 'status:read', roles, requestId: 'r' },
  });
const cut = (role: string): HubOverview => cutOverview(overview(), access(role));

describe('the overview of somebody', () => {
  test('whose roles have no limits is whole', () => {
    expect(cut('all')).toEqual(overview());
  });

  test('whose role is limited has nothing of the rest, problems and counts included', () => {
    const prices = cut('prices');
    expect(prices.systems.map(({ id }) => id)).toEqual(['shop']);
    expect(prices.holds.map(({ id }) => id)).toEqual(['h1']);
    expect(prices.problems.map(({ id }) => id)).toEqual(['hold:live:h1']);
    expect(prices).toMatchObject({
      rounds: [],
      parked: [],
      unreachable: [],
    });
    expect(prices.golden?.entities).toEqual([{ entity: 'price' }]);
    expect(JSON.stringify(prices)).not.toMatch(/erp|product.*h2/);
  });

  test('of one system is that of the system', () => {
    expect(cut('shop').systems.map(({ id }) => id)).toEqual(['shop']);
    expect(cut('shop').holds.map(({ id }) => id)).toEqual(['h1']);
  });
});
