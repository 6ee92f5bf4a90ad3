import type { GoldenEvent } from '#contracts';
import { instantOfMs, type BusinessKey, type CanonicalFields, type ExternalId, type SystemId } from '#kernel';
import type { DesiredMapping } from './desired.js';
import { emptyRow, type Intent, type MirrorRow } from './mirror-row.js';
import { observe, type Reading, type SystemTraits } from './observe.js';
import { receiveGolden } from './receive-golden.js';

/** Builders for the tests of the mirror protocol. */
export const TRAITS: SystemTraits = { versionOrder: 'numeric', landingMs: 1_000, maxSkewMs: 60_000 };

/** The system of the tests. */
export const SHOP = 'shop' as SystemId;

const RECORD = 'r-1' as ExternalId;
const KEY = 'A-100' as BusinessKey;

/** A mapping under which the hub writes these fields. */
export function aMapping(...names: readonly string[]): DesiredMapping {
  const isMapped = ([name]: readonly [string, unknown]): boolean => names.includes(name);
  const project = (golden: CanonicalFields): CanonicalFields =>
    Object.fromEntries(Object.entries(golden).filter(isMapped));
  return { writesExistence: true, accepts: () => true, project };
}

/** A reading of a live record; its system time is 10 s. */
export function aReading(version: string | null, fields: CanonicalFields, changed: Partial<Reading> = {}): Reading {
  const changedAt = instantOfMs(10_000);
  return { version, status: 'live', fields, digest: null, changedAt, readAtMs: 10_000, ...changed };
}

/** A reading that did not find the record. */
export function aMissing(changed: Partial<Reading> = {}): Reading {
  return aReading(null, {}, { status: 'deleted', changedAt: null, ...changed });
}

/** A row that knows nothing yet. */
export function anEmptyRow(): MirrorRow {
  return emptyRow('product', KEY, RECORD);
}

/** A row that has observed this once, at version 1. */
export function aRow(fields: CanonicalFields, changed: Partial<MirrorRow> = {}): MirrorRow {
  const { row } = observe(anEmptyRow(), aReading('1', fields, { readAtMs: 0, changedAt: instantOfMs(0) }), TRAITS);
  return { ...row, ...changed };
}

/** An intent opened at 10 s. */
export function anIntent(fields: CanonicalFields, changed: Partial<Intent> = {}): Intent {
  const base = { id: 'i-1', operation: 'update', goldenVersion: 1n, expectedVersion: '1', openedAtMs: 10_000 } as const;
  return { ...base, fields, ...changed };
}

/** A golden event that has merged so much of the row's contribution. */
export function aGolden(fields: CanonicalFields, merged: bigint, changed: Partial<GoldenEvent> = {}): GoldenEvent {
  return {
    entity: 'product',
    key: KEY,
    version: 1n,
    sequence: 1n,
    status: 'live',
    policyVersion: 1,
    changedAt: instantOfMs(0),
    merged: merged > 0n ? [{ system: SHOP, externalId: RECORD, epoch: 1, sequence: merged }] : [],
    fields,
    origins: {},
    ...changed,
  };
}

/** A row as {@link aRow} that has received a golden record which includes its contribution. */
export function aGoldenRow(
  fields: CanonicalFields,
  golden: CanonicalFields,
  changed: Partial<MirrorRow> = {},
): MirrorRow {
  const row = aRow(fields);
  return { ...receiveGolden(row, aGolden(golden, row.contribution?.sequence ?? 0n), SHOP), ...changed };
}
