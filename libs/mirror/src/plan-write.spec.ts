import { describe, expect, test } from '@jest/globals';
import type { MirrorRow } from './mirror-row.js';
import { observe } from './observe.js';
import { planWrite, type WritePlan } from './plan-write.js';
import { receiveGolden } from './receive-golden.js';
import { settle } from './settle.js';
import {
  aGolden,
  aGoldenRow,
  aMapping,
  aMissing,
  anEmptyRow,
  anIntent,
  aReading,
  aRow,
  SHOP,
  TRAITS,
} from './testing.js';

const MAPPING = aMapping('price', 'note');
const plan = (row: MirrorRow, nowMs = 0): WritePlan => planWrite(row, MAPPING, nowMs, 'i-1');
const intentOf = (row: MirrorRow): unknown => {
  const planned = plan(row);
  return planned.kind === 'write' ? planned.intent : planned.kind;
};

describe('what is written', () => {
  test('only fields that differ, under the version that was observed', () => {
    const row = aGoldenRow({ price: '9', note: 'a' }, { price: '8', note: 'a' });
    expect(intentOf(row)).toMatchObject({ operation: 'update', fields: { price: '8' }, expectedVersion: '1' });
  });

  test('nothing where nothing differs, or no golden record has come', () => {
    expect(plan(aGoldenRow({ price: '9' }, { price: '9' }))).toEqual({ kind: 'settled' });
    expect(plan(aRow({ price: '9' }))).toEqual({ kind: 'settled' });
  });

  test('nothing while an intent is open, or the row is parked', () => {
    const due = aGoldenRow({ price: '9' }, { price: '8' });
    expect(plan({ ...due, intent: anIntent({ price: '8' }) })).toEqual({ kind: 'wait' });
    expect(plan({ ...due, parked: 'why' })).toEqual({ kind: 'wait' });
  });

  test('no field whose contribution golden has not merged; the others are', () => {
    const { row } = observe(
      aGoldenRow({ price: '9', note: 'a' }, { price: '8', note: 'b' }),
      aReading('2', { price: '7', note: 'a' }),
      TRAITS,
    );
    expect(intentOf(row)).toMatchObject({ fields: { note: 'b' }, expectedVersion: '2' });
    const answered = receiveGolden(row, aGolden({ price: '8', note: 'b' }, 2n, { sequence: 2n }), SHOP);
    expect(intentOf(answered)).toMatchObject({ fields: { price: '8', note: 'b' } });
  });

  test('no delete of a record of which golden has not merged everything', () => {
    const { row } = observe(aGoldenRow({ price: '9' }, { price: '9' }), aReading('2', { price: '7' }), TRAITS);
    const ended = receiveGolden(
      row,
      aGolden({ price: '9' }, 1n, { sequence: 2n, version: 2n, status: 'deleted' }),
      SHOP,
    );
    expect(plan(ended)).toEqual({ kind: 'wait' });
    const answered = receiveGolden(
      ended,
      aGolden({ price: '9' }, 2n, { sequence: 3n, version: 2n, status: 'deleted' }),
      SHOP,
    );
    expect(intentOf(answered)).toMatchObject({ operation: 'delete', expectedVersion: '2' });
  });

  test('a create carries every desired field and expects nothing to be there', () => {
    const row = receiveGolden({ ...anEmptyRow(), externalId: null }, aGolden({ price: '9', note: null }, 0n), SHOP);
    expect(intentOf(row)).toMatchObject({
      operation: 'create',
      fields: { price: '9', note: null },
      expectedVersion: null,
    });
  });

  test('a record that the hub deleted is created again when its owner does so', () => {
    const deleting = aGoldenRow({ price: '9' }, { price: '9' }, { intent: anIntent({}, { operation: 'delete' }) });
    const { row } = settle(deleting, { kind: 'applied', stored: aMissing() }, TRAITS, { nowMs: 0, random: () => 0 });
    const reborn = receiveGolden(row, aGolden({ price: '9' }, 1n, { version: 3n, sequence: 3n }), SHOP);
    expect(intentOf(reborn)).toMatchObject({ operation: 'create', fields: { price: '9' } });
  });
});

describe('a system that undoes the write', () => {
  const HOUR = 3_600_000;
  const written = (row: MirrorRow): MirrorRow => ({ ...row, writtenVersion: 1n });
  const due = aGoldenRow({ price: '9' }, { price: '8' });

  function undo(row: MirrorRow, nowMs: number): MirrorRow {
    const planned = plan(written(row), nowMs);
    return planned.kind === 'write' ? { ...planned.row, intent: null } : (planned as { row: MirrorRow }).row;
  }

  test('is parked the third time within 24 hours, with both named', () => {
    const parked = undo(undo(undo(due, 0), HOUR), 2 * HOUR);
    expect(parked.parked).toMatch(/golden version 1 3 times.*the hub and someone in this system/);
  });

  test('is not parked where the first time was more than 24 hours ago', () => {
    expect(undo(undo(undo(due, 0), HOUR), 25 * HOUR)).toMatchObject({ parked: null, undone: 1 });
  });

  test('undid nothing while the last write is not known to have landed', () => {
    const planned = plan(due);
    if (planned.kind !== 'write') throw new Error('due');
    expect(planned.row).toMatchObject({ undone: 0, writtenVersion: null });
    expect(plan({ ...planned.row, intent: null })).toMatchObject({ kind: 'write', row: { undone: 0 } });
  });
});
