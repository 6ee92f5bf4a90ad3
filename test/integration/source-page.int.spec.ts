import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { readSourcePage, type HostContext } from '#connector-host/testing';
import type { ObservedRecord } from '#connector-sdk';
import type { SourcePage } from '#contracts';
import type { ExternalId } from '#kernel';
import type { Intent } from '#mirror';
import { aRecord, aRow, ENTITY, entityContext, MirrorFixture } from './host-fixture.js';

describe('what a system says of its records', () => {
  let mirror: MirrorFixture;
  beforeAll(async () => void (mirror = await MirrorFixture.create()), 60_000);
  beforeEach(() => mirror.clear());
  afterAll(() => mirror.drop());

  const contribution = { epoch: 1, sequence: 4n, status: 'live' as const, statusSequence: 1n };
  const authored = (brand: string) => ({
    ...contribution,
    fields: { brand: { value: brand, at: null, sequence: 4n, unread: false } },
  });
  /** The system has these records; `rejected` can't be mapped. */
  const page = (records: readonly ObservedRecord[], rejected: readonly string[] = []): Promise<SourcePage> => {
    const problems = rejected.map((externalId) => ({ externalId, reason: 'planted' }));
    const scan = async () => ({ records, rejected: problems, next: 'Z' as ExternalId });
    const connector = { scan } as unknown as HostContext['connector'];
    const capabilities = { walk: false } as (typeof entityContext)['capabilities'];
    const context = { ...mirror.context(), connector };
    return readSourcePage(context, { ...entityContext, capabilities }, mirror.rounds, { cursor: null });
  };

  test('is its contribution as the mirror has it, and a change that nobody saw as its next one; nothing is stored', async () => {
    await mirror.insert({ ...aRow('A', 'A'), contribution: authored('A') });
    await mirror.insert({ ...aRow('B', 'B'), contribution: authored('B') });
    const { records, next } = await page([
      aRecord('A', 'A'),
      aRecord('B', 'drifted', { version: '2' }),
      aRecord('C', 'C'),
    ]);
    expect(next).toBe('Z');
    expect(records.map(({ key, sequence, status, fields }) => [key, sequence, status, fields])).toEqual([
      ['A', '4', 'live', { brand: 'A' }],
      ['B', '5', 'live', { brand: 'drifted' }],
      ['C', '1', 'live', { brand: 'C' }],
    ]);
    expect(records[2]?.marks).toEqual({ brand: { at: null, unread: false } });
    expect(await mirror.rowsOf('C')).toEqual([]);
    expect(await mirror.rowsOf('B')).toMatchObject([{ observation: { fields: { brand: 'B' } } }]);
  });

  test('is not what the hub itself wrote or is writing', async () => {
    const intent: Intent = {
      ...{ id: 'i', operation: 'update', fields: { brand: 'ours' }, goldenVersion: 1n, expectedVersion: '1' },
      openedAtMs: Date.now(),
    };
    await mirror.insert({ ...aRow('A', 'A'), contribution: authored('A'), intent });
    await mirror.insert(aRow('B', 'B')); // the hub created it: the system never said anything
    const { records, silent, problems } = await page([aRecord('A', 'ours', { version: '2' }), aRecord('B', 'B')]);
    expect(records).toMatchObject([{ key: 'A', sequence: '4', fields: { brand: 'A' } }]);
    expect([silent, problems]).toEqual([['B'], []]);
  });

  test('is silence where a record can not be read, or has the key of another one', async () => {
    await mirror.insert({ ...aRow('A', 'A'), contribution: authored('A') });
    const twin = aRecord('A', 'A', { externalId: 'twin' as ExternalId });
    const { records, silent, problems } = await page([twin], ['broken']);
    expect([records, silent]).toEqual([[], ['broken', 'twin']]);
    expect(problems).toEqual(['broken: planted', 'twin: Two live records have the key A: A and twin.']);
  });

  test('asked for by id is of those that are there', async () => {
    const asked: unknown[] = [];
    const fetch = async (entity: string, selector: unknown) => {
      asked.push([entity, selector]);
      return { records: [aRecord('A', 'A')], rejected: [] };
    };
    const context = { ...mirror.context(), connector: { fetch } as unknown as HostContext['connector'] };
    const ids = ['A', 'gone'] as unknown as ExternalId[];
    const { records, next } = await readSourcePage(context, entityContext, mirror.rounds, { ids });
    expect([records.map(({ key }) => key), next]).toEqual([['A'], null]);
    expect(asked).toEqual([[ENTITY, { by: 'externalId', ids }]]);
  });
});
