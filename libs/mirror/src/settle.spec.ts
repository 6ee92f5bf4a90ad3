import { describe, expect, test } from '@jest/globals';
import { isDue } from './desired.js';
import type { MirrorRow } from './mirror-row.js';
import { planWrite } from './plan-write.js';
import { settle, type Settled, type WriteAnswer } from './settle.js';
import { aGoldenRow, aMapping, anIntent, aReading, TRAITS } from './testing.js';

const INPUT = { nowMs: 20_000, random: () => 0 };
const writing = aGoldenRow({ price: '9', note: 'a' }, { price: '8' }, { intent: anIntent({ price: '8' }) });

function given(row: MirrorRow): { when(answer: WriteAnswer): Settled } {
  return { when: (answer) => settle(row, answer, TRAITS, INPUT) };
}

describe('the answer to a write', () => {
  test('applied closes the intent and authors nothing', () => {
    const { kind, row } = given(writing).when({ kind: 'applied', stored: aReading('2', { price: '8', note: 'a' }) });
    expect(kind).toBe('noted');
    expect(row).toMatchObject({ intent: null, contribution: writing.contribution, writtenVersion: 1n });
    expect(isDue(row, aMapping('price'))).toBe(false);
  });

  test('a stored form counts as the value that it stands for', () => {
    const { row } = given(writing).when({ kind: 'applied', stored: aReading('2', { price: '8.00', note: 'a' }) });
    expect(row.storedForms).toEqual({ price: { wrote: '8', as: '8.00' } });
    expect(row.contribution).toBe(writing.contribution);
    expect(isDue(row, aMapping('price'))).toBe(false);
  });

  test('a stored form is forgotten when the value is kept as written', () => {
    const rounded = { ...writing, storedForms: { price: { wrote: '8', as: '8.00' } } };
    const { row } = given(rounded).when({ kind: 'unchanged', stored: aReading('2', { price: '8', note: 'a' }) });
    expect(row.storedForms).toEqual({});
  });

  test('what else the system changed with the write is authored', () => {
    const { kind, row } = given(writing).when({ kind: 'applied', stored: aReading('2', { price: '8', note: 'b' }) });
    expect(kind).toBe('authored');
    expect(row.contribution?.fields['note']).toMatchObject({ value: 'b' });
  });

  test('a conflict is observed first, even where it shows the value of the intent', () => {
    const { kind, row } = given(writing).when({ kind: 'conflict', current: aReading('2', { price: '8', note: 'a' }) });
    expect(kind).toBe('authored');
    expect(row).toMatchObject({ intent: null, contribution: { fields: { price: { value: '8', sequence: 2n } } } });
    expect(row.retryAtMs).toBeGreaterThan(INPUT.nowMs);
  });

  test('an unknown outcome keeps the intent, to be read after the landing time', () => {
    const { row } = given(writing).when({ kind: 'unknown', reason: 'time-out' });
    expect(row.intent).toBe(writing.intent);
    expect(
      given({ ...writing, intent: anIntent({ price: '8' }, { openedAtMs: 19_990 }) }).when({
        kind: 'unknown',
        reason: '',
      }).row.retryAtMs,
    ).toBe(20_990);
    expect(planWrite(row, aMapping('price'), 99_000, 'i-2')).toEqual({ kind: 'wait' });
  });

  test('three rejected in a row park the key; conflicts and time-outs between do not count', () => {
    const rejected: WriteAnswer = { kind: 'rejected', reason: 'too long' };
    const again = (row: MirrorRow): MirrorRow => ({ ...row, intent: anIntent({ price: '8' }) });
    const once = given(writing).when(rejected).row;
    const conflict: WriteAnswer = { kind: 'conflict', current: aReading('1', { price: '9', note: 'a' }) };
    const between = given(again(given(again(once)).when(conflict).row)).when({ kind: 'unknown', reason: '' }).row;
    const twice = given(again(between)).when(rejected).row;
    expect(twice).toMatchObject({ attempts: 2, parked: null });
    expect(given(again(twice)).when(rejected).row.parked).toBe('The system rejected the write: too long');
  });

  test('an answer without an intent changes nothing', () => {
    const closed = { ...writing, intent: null };
    expect(given(closed).when({ kind: 'rejected', reason: '' })).toEqual({ kind: 'unchanged', row: closed });
  });
});
