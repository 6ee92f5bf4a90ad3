import { describe, expect, test } from '@jest/globals';
import type { FieldOrigin, GoldenEvent } from '#contracts';
import type { SurvivorshipPolicy } from '#hub-file';
import {
  HUB_SYSTEM,
  type BusinessKey,
  type CanonicalFields,
  type ExternalId,
  type Instant,
  type RecordStatus,
  type SystemId,
} from '#kernel';
import { foldSources, sourcesOf, type FoldedKey, type FoldRules } from './fold-sources.js';

const [ERP, PIM, SHOP] = ['erp', 'pim', 'shop'] as unknown as readonly [SystemId, SystemId, SystemId];
const NOON = '2026-11-27T12:00:00.000000Z' as Instant;
const ONE = '2026-11-27T13:00:00.000000Z' as Instant;
const KEY = 'A-1' as BusinessKey;
const POLICY: SurvivorshipPolicy = {
  ...{ version: 3, create: [ERP], delete: [ERP] },
  fields: {
    weight: { kind: 'owner', system: ERP },
    brand: { kind: 'owner', system: PIM },
    name: { kind: 'last-writer-wins', systems: [PIM, SHOP] },
  },
};
const idOf = (system: SystemId): ExternalId => `${system}-1` as ExternalId;
const origin = (system: SystemId, at: Instant | null = null, rule = 'owner'): FieldOrigin => ({ system, at, rule });

const aWord = (
  system: SystemId,
  fields: CanonicalFields,
  { at = null, status = 'live' }: { readonly at?: Instant | null; readonly status?: RecordStatus } = {},
): FoldedKey['words'][number] => {
  const marks = Object.fromEntries(Object.keys(fields).map((name) => [name, { at, unread: false }]));
  const externalId = idOf(system);
  const contribution = {
    system,
    externalId,
    epoch: 1,
    sequence: 9n,
    accepted: { status, fields, marks },
    rejected: {},
  };
  return { system, externalId, contribution };
};

/** Weight is the ERP's, brand the PIM's, name the shop's of noon. */
const aBase = (more: Partial<GoldenEvent> = {}): GoldenEvent => ({
  ...{ entity: 'product', key: KEY, version: 4n, sequence: 7n, status: 'live', policyVersion: 3, changedAt: NOON },
  merged: [ERP, PIM, SHOP].map((system) => ({ system, externalId: idOf(system), epoch: 1, sequence: 2n })),
  fields: { weight: '1', brand: 'Acme', name: { en: 'Screw' } },
  origins: { weight: origin(ERP), brand: origin(PIM), name: origin(SHOP, NOON, 'last-writer-wins') },
  ...more,
});

const fold = (
  base: GoldenEvent | null,
  words: FoldedKey['words'],
  { systems = [ERP, PIM, SHOP], isSilent = () => false }: Partial<FoldRules> = {},
): GoldenEvent | null =>
  foldSources({ key: KEY, base, words }, { entity: 'product', policy: POLICY, systems, at: ONE, isSilent });

describe('a record as the sources have it', () => {
  const erp = aWord(ERP, { weight: '1' });
  const pim = aWord(PIM, { brand: 'Acme' });
  const shop = aWord(SHOP, { name: { en: 'Screw' } }, { at: NOON });

  test("is the topic's where nothing drifted", () => {
    expect(fold(aBase(), [erp, pim, shop])).toEqual(aBase());
  });

  test('has the value of the owner, at the version and sequence of the topic', () => {
    const found = fold(aBase(), [aWord(ERP, { weight: '2', brand: 'not mine' }), pim, shop]);
    expect(found).toEqual(aBase({ fields: { weight: '2', brand: 'Acme', name: { en: 'Screw' } } }));
  });

  test('of several writers has the last', () => {
    const found = fold(aBase(), [erp, aWord(PIM, { brand: 'Acme', name: { en: 'Bolt' } }, { at: ONE }), shop]);
    expect(found?.fields).toEqual({ weight: '1', brand: 'Acme', name: { en: 'Bolt' } });
    expect(found?.origins['name']).toEqual(origin(PIM, ONE, 'last-writer-wins'));
  });

  test('is deleted where the scan of the system that may delete it does not show it', () => {
    expect(fold(aBase(), [pim, shop])).toEqual(aBase({ status: 'deleted' }));
    expect(fold(aBase(), [erp, shop])?.status).toBe('live'); // the PIM may not
  });

  test('keeps what the topic has of a system that is there and says nothing, or was not scanned', () => {
    expect(fold(aBase(), [pim, shop], { isSilent: ({ system }) => system === ERP })).toEqual(aBase());
    expect(fold(aBase(), [pim, shop], { systems: [PIM, SHOP] })).toEqual(aBase());
  });

  test('that the topic has as deleted comes back only by a source that has it', () => {
    const deleted = aBase({ status: 'deleted' });
    expect(fold(deleted, [pim, shop])).toEqual(deleted);
    expect(fold(deleted, [erp, pim, shop])).toEqual(aBase());
  });

  test('keeps what the hub decided of a field', () => {
    const origins = { ...aBase().origins, weight: origin(HUB_SYSTEM, NOON, 'override') };
    const merged = [...aBase().merged, { system: HUB_SYSTEM, externalId: idOf(ERP), epoch: 1, sequence: 1n }];
    const overridden = aBase({ fields: { ...aBase().fields, weight: '5' }, origins, merged });
    expect(fold(overridden, [erp, pim, shop])).toEqual(overridden);
  });

  test('that the topic does not have is below every sequence of it; without a system that creates it, it is none', () => {
    expect(fold(null, [erp, pim])).toMatchObject({
      ...{ version: 0n, sequence: 0n, status: 'live', changedAt: ONE, policyVersion: 3, merged: [] },
      fields: { weight: '1', brand: 'Acme' },
    });
    expect(fold(null, [pim, shop])).toBeNull();
    expect(fold(null, [aWord(ERP, { weight: '1' }, { status: 'deleted' })])).toBeNull();
  });
});

test('the sources of an entity are the systems that its rules listen to, each once', () => {
  expect(sourcesOf(POLICY)).toEqual([ERP, PIM, SHOP]);
});
