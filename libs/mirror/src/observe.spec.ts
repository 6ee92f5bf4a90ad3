import { describe, expect, test } from '@jest/globals';
import { instantOfMs } from '#kernel';
import type { MirrorRow } from './mirror-row.js';
import { observe, type Reading } from './observe.js';
import { aMissing, anEmptyRow, anIntent, aReading, aRow, TRAITS } from './testing.js';

const CREATE = { operation: 'create', expectedVersion: null } as const;

function given(row: MirrorRow): { when(...readings: Reading[]): ReturnType<typeof observe> } {
  const read = (before: MirrorRow, [reading, ...rest]: readonly Reading[]): ReturnType<typeof observe> => {
    const observed = observe(before, reading as Reading, TRAITS);
    return rest.length > 0 ? read(observed.row, rest) : observed;
  };
  return { when: (...readings) => read(row, readings) };
}

describe('what the system authors', () => {
  test('a first observation has no time', () => {
    const { kind, row } = given(anEmptyRow()).when(aReading('1', { price: '9' }));
    expect(kind).toBe('authored');
    expect(row.contribution?.fields['price']).toEqual({ value: '9', at: null, sequence: 1n, unread: false });
  });

  test('a field seen to change has the time of the change', () => {
    const { row } = given(aRow({ price: '9' })).when(aReading('2', { price: '8' }));
    expect(row.contribution?.fields['price']).toMatchObject({ value: '8', at: instantOfMs(10_000), sequence: 2n });
  });

  test('without a time of the system it is the time of the read', () => {
    const { row } = given(aRow({ price: '9' })).when(aReading('2', { price: '8' }, { changedAt: null }));
    expect(row.contribution?.fields['price']?.at).toBe(instantOfMs(10_000));
  });

  test('a time further ahead than the skew bound is clamped once', () => {
    const ahead = aReading('2', { price: '8' }, { changedAt: instantOfMs(999_999_999) });
    expect(given(aRow({ price: '9' })).when(ahead).row.contribution?.fields['price']?.at).toBe(instantOfMs(70_000));
  });

  test('a field mapped for the first time has no time', () => {
    const { row } = given(aRow({ price: '9' })).when(aReading('2', { price: '9', note: 'old' }));
    expect(row.contribution?.fields['note']?.at).toBeNull();
  });

  test('another value at the same version (a changed mapping) keeps the time from before', () => {
    const row = given(aRow({ price: '9' })).when(aReading('2', { price: '8' })).row;
    const remapped = given(row).when(aReading('2', { price: '9.52' }, { changedAt: instantOfMs(20_000) }));
    expect(remapped.row.contribution?.fields['price']).toMatchObject({ value: '9.52', at: instantOfMs(10_000) });
  });

  test('the same reading twice authors once', () => {
    const reading = aReading('2', { price: '8' });
    expect(given(aRow({ price: '9' })).when(reading, reading).kind).toBe('unchanged');
  });

  test('an older version is held', () => {
    const row = given(aRow({ price: '9' })).when(aReading('5', { price: '8' })).row;
    expect(given(row).when(aReading('4', { price: '9' }))).toEqual({ kind: 'older', row });
  });
});

describe('a write of several steps that was cut short', () => {
  const writing = aRow({ name: { de: 'alt', en: 'old' } }, { intent: anIntent({ name: { de: 'neu', en: 'new' } }) });
  const creating = { ...anEmptyRow(), intent: anIntent({ name: { de: 'neu' }, active: false }, CREATE) };

  test('a text of which only some languages are written is the hub’s', () => {
    const { kind, row } = given(writing).when(aReading('2', { name: { de: 'alt', en: 'new' } }));
    expect([kind, row.intent]).toEqual(['noted', writing.intent]);
  });

  test('a text that is neither the hub’s nor as it was is the system’s', () => {
    expect(given(writing).when(aReading('2', { name: { de: 'alt', en: 'mine' } })).kind).toBe('authored');
    expect(given(writing).when(aReading('2', { name: { de: 'alt', en: 'new', fr: 'moi' } })).kind).toBe('authored');
  });

  test('what the system fills in for a value that a create sets last is not the system’s', () => {
    const half = aReading('1', { name: {}, active: true });
    expect(observe(creating, half, { ...TRAITS, lateFields: ['active'] }).kind).toBe('noted');
    expect(observe(creating, half, TRAITS).kind).toBe('authored');
  });
});

describe('absent is not null', () => {
  test('an absent field keeps its last authored value, marked unread', () => {
    const { row } = given(aRow({ price: '9', note: 'a' })).when(aReading('2', { price: '9' }));
    expect(row.contribution?.fields['note']).toEqual({ value: 'a', at: null, sequence: 1n, unread: true });
    expect(row.observation?.fields).toEqual({ price: '9', note: 'a' });
  });

  test('a field that is read again with its value is read, not authored anew', () => {
    const partial = aReading('2', { price: '9' });
    const { kind, row } = given(aRow({ price: '9', note: 'a' })).when(
      partial,
      aReading('3', { price: '9', note: 'a' }),
    );
    expect(kind).toBe('authored');
    expect(row.contribution?.fields['note']).toEqual({ value: 'a', at: null, sequence: 1n, unread: false });
  });

  test("a value of the hub's that was absent for a while is no contribution", () => {
    const written = aRow({ price: '9', note: 'a' }, { contribution: null });
    const { row } = given(written).when(aReading('2', { price: '9' }), aReading('3', { price: '9', note: 'a' }));
    expect(row.contribution).toBeNull();
  });

  test('null is a value', () => {
    const { row } = given(aRow({ note: 'a' })).when(aReading('2', { note: null }));
    expect(row.contribution?.fields['note']).toMatchObject({ value: null, unread: false });
  });
});

describe('existence', () => {
  test('a delete is authored and withdraws no field', () => {
    const { row } = given(aRow({ price: '9' })).when(aMissing());
    expect(row.contribution).toMatchObject({
      status: 'deleted',
      statusSequence: 2n,
      fields: { price: { value: '9' } },
    });
  });

  test("the hub's delete is not, and the contribution stays as it was", () => {
    const deleting = aRow({ price: '9' }, { intent: anIntent({}, { operation: 'delete' }) });
    const { kind, row } = given(deleting).when(aMissing());
    expect(kind).toBe('noted');
    expect(row).toMatchObject({ intent: null, contribution: { status: 'live', sequence: 1n } });
  });

  test("what a user creates again after the hub's delete is authored", () => {
    const deleting = aRow({ price: '9' }, { intent: anIntent({}, { operation: 'delete' }) });
    const { kind, row } = given(deleting).when(aMissing(), aReading('3', { price: '9' }));
    expect(kind).toBe('authored');
    expect(row.contribution).toMatchObject({ status: 'live', sequence: 2n, statusSequence: 2n });
  });

  test("an edit of a record that the hub created does not claim the record's existence", () => {
    const creating = {
      ...anEmptyRow(),
      intent: anIntent({ price: '9' }, { operation: 'create', expectedVersion: null }),
    };
    const { row } = given(creating).when(aReading('1', { price: '9' }), aReading('2', { price: '8' }));
    expect(row.contribution).toMatchObject({ sequence: 1n, statusSequence: 0n });
  });

  test('an edit right after a create of unknown outcome has a time', () => {
    const creating = {
      ...anEmptyRow(),
      intent: anIntent({ price: '9' }, { operation: 'create', expectedVersion: null }),
    };
    const { row } = given(creating).when(aReading('2', { price: '8' }));
    expect(row.contribution?.fields['price']?.at).toBe(instantOfMs(10_000));
  });
});

describe('an open intent', () => {
  const writing = aRow({ price: '9', note: 'a' }, { intent: anIntent({ price: '8' }) });

  test('a value that the hub wrote never becomes a contribution, and closes the intent', () => {
    const { kind, row } = given(writing).when(aReading('2', { price: '8', note: 'a' }));
    expect(kind).toBe('noted');
    expect(row).toMatchObject({ intent: null, contribution: writing.contribution, writtenVersion: 1n });
  });

  test('any other value is the system’s, and the write may still land', () => {
    const { row } = given(writing).when(aReading('2', { price: '7', note: 'a' }));
    expect(row.contribution?.fields['price']?.value).toBe('7');
    expect(row.intent).toBe(writing.intent);
  });

  test('a value equal to the intent’s is the user’s once a newer version was read', () => {
    const typed = given(writing).when(
      aReading('2', { price: '7', note: 'a' }),
      aReading('3', { price: '8', note: 'a' }),
    );
    expect(typed.row.contribution?.fields['price']).toMatchObject({ value: '8', sequence: 3n });
  });

  test('a read after the landing time that does not show it closes it', () => {
    const before = given(writing).when(aReading('1', { price: '9', note: 'a' }, { readAtMs: 10_999 }));
    const after = given(writing).when(aReading('1', { price: '9', note: 'a' }, { readAtMs: 11_000 }));
    expect(before.row.intent).toBe(writing.intent);
    expect(after.row.intent).toBeNull();
  });

  test('every reading moves the row, so that an older answer is recognised', () => {
    expect(given(writing).when(aReading('1', { price: '9', note: 'a' })).kind).toBe('noted');
  });

  test('the own write is recognised in its known stored form', () => {
    const rounds = { ...writing, storedForms: { price: { wrote: '8', as: '8.0' } } };
    const { row } = given(rounds).when(aReading('2', { price: '8.0', note: 'a' }));
    expect(row).toMatchObject({ intent: null, contribution: { sequence: 1n } });
  });
});
