import { describe, expect, test } from '@jest/globals';
import { receiveGolden } from './receive-golden.js';
import { aGolden, anEmptyRow, aRow, SHOP } from './testing.js';

describe('a golden event', () => {
  const parked = { ...aRow({ price: '9' }), attempts: 3, undone: 2, parked: 'why', retryAtMs: 9 };

  test('is stored with what it has merged of the row’s own contribution', () => {
    const row = receiveGolden(aRow({ price: '9' }), aGolden({ price: '8' }, 1n), SHOP);
    expect(row.golden).toEqual({
      version: 1n,
      sequence: 1n,
      status: 'live',
      fields: { price: '8' },
      mergedSequence: 1n,
    });
  });

  test('changes nothing when it is a repetition or an earlier one', () => {
    const row = receiveGolden(aRow({ price: '9' }), aGolden({ price: '8' }, 1n, { sequence: 5n }), SHOP);
    expect(receiveGolden(row, aGolden({ price: '7' }, 1n, { sequence: 5n }), SHOP)).toBe(row);
    expect(receiveGolden(row, aGolden({ price: '7' }, 1n, { sequence: 4n }), SHOP)).toBe(row);
  });

  test('has merged nothing of a contribution that it does not name, or of another epoch', () => {
    const row = aRow({ price: '9' });
    expect(receiveGolden(row, aGolden({}, 0n), SHOP).golden?.mergedSequence).toBe(0n);
    const epoch2 = { ...row, contribution: row.contribution && { ...row.contribution, epoch: 2 } };
    expect(receiveGolden(epoch2, aGolden({}, 1n), SHOP).golden?.mergedSequence).toBe(0n);
    expect(receiveGolden(anEmptyRow(), aGolden({}, 0n), SHOP).golden?.mergedSequence).toBe(0n);
  });

  test('of a new version frees a parked row; an answer does not', () => {
    const version = receiveGolden(parked, aGolden({ price: '8' }, 1n), SHOP);
    expect(version).toMatchObject({ attempts: 0, undone: 0, parked: null, retryAtMs: 0 });
    const answer = receiveGolden(
      { ...version, ...parked, golden: version.golden },
      aGolden({ price: '8' }, 1n, { sequence: 2n }),
      SHOP,
    );
    expect(answer).toMatchObject({ attempts: 3, undone: 2, parked: 'why', retryAtMs: 0 });
  });
});
