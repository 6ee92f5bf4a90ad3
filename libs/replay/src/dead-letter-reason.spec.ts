import { describe, expect, test } from '@jest/globals';
import { groupIdOf, kindOfCode, normaliseReason } from './dead-letter-reason.js';

describe('the reason of a dead letter', () => {
  test.each([
    ['The value of P-4711 does not fit "brand": 12.5.', 'The value of P-4712 does not fit "ean": 3.'],
    ["Key 'a b' at 2026-11-23T04:05:06Z.", "Key 'c' at 2026-11-24T04:05:06.123Z."],
    [
      'Row 0b2d4c3e-1111-4222-8333-abcdefabcdef is gone (3, 4, 5)',
      'Row 0b2d4c3e-9111-4222-8333-abcdefabcde0 is gone (3)',
    ],
  ])('is the same whatever is named in it: %s', (left, right) => {
    expect(normaliseReason(left)).toBe(normaliseReason(right));
  });

  test('keeps the words, also those with an apostrophe', () => {
    expect(normaliseReason("It doesn't fit, and that isn't new.")).toBe("It doesn't fit, and that isn't new.");
    const [one, other] = ['The price is gone.', 'The name is gone.'].map((reason) => {
      return groupIdOf({ consumer: 'shop', code: 'HUB_PAYLOAD_INVALID', reason });
    });
    expect(one).not.toBe(other);
    expect(one).toMatch(/^[0-9a-f]{12}$/);
  });

  test('takes linear time for a hostile one', () => {
    expect(normaliseReason(`${"'".repeat(20_000)}${'a'.repeat(20_000)}1`).length).toBeLessThanOrEqual(200);
  });

  test('its class follows from the code', () => {
    const codes = [
      'HUB_SOURCE_TIMEOUT',
      'HUB_VERSION_CONFLICT',
      'HUB_PAYLOAD_INVALID',
      'HUB_SCHEMA_UNKNOWN',
      'E_OTHER',
      'toString',
    ];
    expect(codes.map(kindOfCode)).toEqual(['transient', 'transient', 'permanent', 'unknown', 'unknown', 'unknown']);
  });
});
