import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { BusinessKey, ExternalId, Instant } from '#kernel';
import { emptyRow, type MirrorRow } from './mirror-row.js';
import type { Reading } from './observe.js';
import { rebase, resume } from './restored.js';
import { TRAITS } from './testing.js';

const AT = '2026-01-01T00:00:00.000000Z' as Instant;

describe('a record of a restored system', () => {
  const row: MirrorRow = {
    ...emptyRow('product', 'A' as BusinessKey, '1' as ExternalId),
    observation: { version: '9', status: 'live', fields: { brand: 'new', weight: '2' }, digest: null },
    contribution: {
      ...{ epoch: 1, sequence: 4n, status: 'live', statusSequence: 0n },
      fields: { brand: { value: 'new', at: AT, sequence: 4n, unread: false } },
    },
    writtenVersion: 7n,
  };
  const reading = (more: Partial<Reading> = {}): Reading => ({
    ...{ version: '5', status: 'live', fields: { brand: 'old', weight: '1' }, digest: null },
    ...{ changedAt: AT, readAtMs: 1_000_000 },
    ...more,
  });

  test('keeping the hub: it is where the system stands, at whatever version, and what it authored stays', () => {
    const { kind, row: next } = rebase(row, reading(), TRAITS, 'hub');
    expect(kind).toBe('noted');
    expect(next.observation).toMatchObject({ version: '5', fields: { brand: 'old', weight: '1' } });
    expect(next.contribution).toBe(row.contribution);
    expect(next.writtenVersion).toBeNull();
  });

  test('keeping the hub: a record that is gone is gone, and the system did not delete it', () => {
    const { kind, row: next } = rebase(row, reading({ status: 'deleted', version: null, fields: {} }), TRAITS, 'hub');
    expect(kind).toBe('noted');
    expect(next.observation?.status).toBe('deleted');
    expect(next.contribution?.status).toBe('live');
  });

  test('keeping the system: an older version is authored, at the time of the reading', () => {
    const { kind, row: next } = rebase(row, reading(), TRAITS, 'system');
    expect(kind).toBe('authored');
    expect(next.contribution?.sequence).toBe(5n);
    expect(next.contribution?.fields['brand']).toMatchObject({ value: 'old', at: '1970-01-01T00:16:40.000000Z' });
    expect(next.contribution?.fields['weight']).toMatchObject({ value: '1' });
  });

  test('keeping the system: a record that is gone was deleted by it', () => {
    const gone = reading({ status: 'deleted', version: null, fields: {} });
    const { kind, row: next } = rebase(row, gone, TRAITS, 'system');
    expect([kind, next.contribution?.status]).toEqual(['authored', 'deleted']);
  });

  test('doing it twice changes nothing more, whatever was read', () => {
    const value = fc.constantFrom('a', 'b', null);
    const readings = fc.record({
      version: fc.constantFrom('1', '9', '12'),
      status: fc.constantFrom('live' as const, 'deleted' as const),
      fields: fc.record({ brand: value, weight: value }, { requiredKeys: [] }),
    });
    fc.assert(
      fc.property(readings, fc.constantFrom('hub' as const, 'system' as const), (read, keep) => {
        const once = rebase(row, reading(read), TRAITS, keep).row;
        const twice = rebase(once, reading(read), TRAITS, keep).row;
        expect(twice.contribution).toEqual(once.contribution);
        expect(twice.observation).toEqual(once.observation);
        // keeping the hub never changes what the system is known to have said
        if (keep === 'hub') expect(once.contribution).toBe(row.contribution);
      }),
    );
  });
});

describe('a record read after the own database was restored', () => {
  const taken: MirrorRow = {
    ...emptyRow('product', 'A' as BusinessKey, '1' as ExternalId),
    observation: { version: null, status: 'live', fields: { brand: 'published' }, digest: null },
    contribution: {
      ...{ epoch: 1, sequence: 9n, status: 'live', statusSequence: 9n },
      fields: { brand: { value: 'published', at: AT, sequence: 9n, unread: false } },
    },
  };
  const read = (fields: Record<string, string>, golden: readonly Record<string, string>[] = []) =>
    resume(
      taken,
      { version: '5', status: 'live', fields, digest: null, changedAt: AT, readAtMs: Date.parse(AT) },
      { ...TRAITS, epoch: 2 },
      golden,
    );

  test('what was published is no change, and neither is what any golden version since then wanted', () => {
    const { kind, row } = read({ brand: 'published', weight: '2' }, [
      { weight: '1' },
      { weight: '2' },
      { weight: '3' },
    ]);
    expect(kind).toBe('noted');
    expect(row.contribution).toBe(taken.contribution);
    expect(row.observation?.fields).toEqual({ brand: 'published', weight: '2' });
  });

  test('what nobody knows is of the system: published with the next sequence, in the new epoch', () => {
    const { kind, row } = read({ brand: 'edited meanwhile' }, [{ brand: 'wanted' }]);
    expect(kind).toBe('authored');
    expect(row.contribution).toMatchObject({ epoch: 2, sequence: 10n });
    expect(row.contribution?.fields['brand']).toMatchObject({ value: 'edited meanwhile', at: AT });
  });
});
