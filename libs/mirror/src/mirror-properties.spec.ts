import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { CanonicalFields, CanonicalValue } from '#kernel';
import { differences } from './desired.js';
import type { Intent, MirrorRow } from './mirror-row.js';
import { observe, type Reading } from './observe.js';
import { planWrite } from './plan-write.js';
import { receiveGolden } from './receive-golden.js';
import { settle } from './settle.js';
import { aGolden, aMapping, aMissing, anEmptyRow, anIntent, aReading, SHOP, TRAITS } from './testing.js';

const NAMES = ['price', 'note', 'name'] as const;
const MAPPING = aMapping(...NAMES);
const value = fc.constantFrom('a', 'b', 'c', null);
const fields: fc.Arbitrary<CanonicalFields> = fc.dictionary(fc.constantFrom(...NAMES), value, {
  noNullPrototype: true,
});
const isLive = fc.boolean();
const content = fc.tuple(isLive, fields);

/** Readings of rising versions. */
function readingsOf(contents: readonly (readonly [boolean, CanonicalFields])[], firstVersion = 1): Reading[] {
  return contents.map(([live, held], index) => (live ? aReading(String(firstVersion + index), held) : aMissing()));
}

function readAll(row: MirrorRow, readings: readonly Reading[]): MirrorRow {
  return readings.reduce((before, reading) => observe(before, reading, TRAITS).row, row);
}

const history = fc.array(content, { maxLength: 5 }).map((contents) => readAll(anEmptyRow(), readingsOf(contents)));

describe('observe, for any history', () => {
  test('the same reading twice authors once', () => {
    fc.assert(
      fc.property(history, content, (row, next) => {
        const [reading] = readingsOf([next], 10) as [Reading];
        const { row: once } = observe(row, reading, TRAITS);
        expect(observe(once, reading, TRAITS)).toEqual({ kind: 'unchanged', row: once });
      }),
    );
  });

  test('a contribution never takes up a value of the open intent, and sequences rise by one', () => {
    fc.assert(
      fc.property(history, fields, content, (row, intended, next) => {
        const intent = anIntent(intended, { expectedVersion: versionOf(row) });
        const [reading] = readingsOf([next], 10) as [Reading];
        const observed = observe({ ...row, intent }, reading, TRAITS);
        expect(sequenceOf(observed.row)).toBe(sequenceOf(row) + (observed.kind === 'authored' ? 1n : 0n));
        for (const [name, taken] of newFields(row, observed.row))
          if (name in intended) expect(taken).not.toEqual(intended[name]);
      }),
    );
  });

  test('no authored field is ever withdrawn, and the mirror shows what was read', () => {
    fc.assert(
      fc.property(history, content, (row, next) => {
        const [reading] = readingsOf([next], 10) as [Reading];
        const { row: after } = observe(row, reading, TRAITS);
        const names = Object.keys(after.contribution?.fields ?? {});
        expect(names).toEqual(expect.arrayContaining(Object.keys(row.contribution?.fields ?? {})));
        expect(after.observation?.fields).toMatchObject(reading.fields);
        for (const name of names) expect(after.contribution?.fields[name]?.unread).toBe(isUnread(row, reading, name));
      }),
    );
  });
});

function versionOf({ observation }: MirrorRow): string | null {
  return observation?.status === 'live' ? observation.version : null;
}

function sequenceOf({ contribution }: MirrorRow): bigint {
  return contribution?.sequence ?? 0n;
}

/** Fields authored since. */
function newFields(before: MirrorRow, after: MirrorRow): [string, CanonicalValue][] {
  const authored = Object.entries(after.contribution?.fields ?? {});
  return authored
    .filter(([, { sequence }]) => sequence > sequenceOf(before))
    .map(([name, field]) => [name, field.value]);
}

/** A field that a live reading lacks; a deleted record says nothing of its fields. */
function isUnread(row: MirrorRow, reading: Reading, name: string): boolean {
  if (reading.status === 'live') return !(name in reading.fields);
  return row.contribution?.fields[name]?.unread ?? false;
}

/** What the system holds after the write: what it held, with the values written. */
function landed(row: MirrorRow, { operation, fields: written }: Intent): Reading {
  if (operation === 'delete') return aMissing();
  return aReading('99', operation === 'create' ? written : { ...row.observation?.fields, ...written });
}

describe('a write, for any history and golden record', () => {
  test('that is applied as planned leaves nothing due and authors nothing', () => {
    fc.assert(
      fc.property(history, fields, isLive, (row, golden, exists) => {
        const event = aGolden(golden, sequenceOf(row), { status: exists ? 'live' : 'deleted' });
        const planned = planWrite(receiveGolden(row, event, SHOP), MAPPING, 0, 'i-1');
        if (planned.kind !== 'write') return;
        const answer = { kind: 'applied', stored: landed(row, planned.intent) } as const;
        const settled = settle(planned.row, answer, TRAITS, { nowMs: 0, random: () => 0 });
        expect(newFields(row, settled.row)).toEqual([]);
        expect(settled.row.intent).toBeNull();
        expect(differences(settled.row, exists ? golden : null)).toEqual([]);
      }),
    );
  });
});
