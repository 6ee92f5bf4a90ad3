import { describe, expect, test } from '@jest/globals';
import { HubError } from '#kernel';
import { compileFilter, type RecordReader } from './replay-filter.js';
import type { ReplayCondition, ReplaySelection } from './replay-selection.js';

const reader: RecordReader = {
  prepare: () => Promise.resolve(),
  decode: (value) => {
    const text = value.toString();
    if (text === 'poison') throw new HubError('HUB_PAYLOAD_INVALID', 'poison');
    return { record: JSON.parse(text) as object };
  },
};

function selects(selection: ReplaySelection, value: string | null, headers: Record<string, string> = {}): boolean {
  const bytes = value === null ? null : Buffer.from(value);
  const message = { partition: 0, offset: 1n, key: 'k1', value: bytes, headers, timestampMs: 1_000 };
  return compileFilter(selection, reader).selects(message);
}
const field = (name: string, test: ReplayCondition['test'], value: string): ReplaySelection => ({
  where: [{ on: 'field', name, test, value }],
});

describe('what a replay selects', () => {
  test('takes all without a condition, also tombstones, and decodes nothing', () => {
    expect([selects({}, null), selects({}, 'poison')]).toEqual([true, true]);
  });

  test('a time range has its begin and not its end', () => {
    expect([selects({ fromMs: 1_000 }, null), selects({ untilMs: 1_000 }, null)]).toEqual([true, false]);
  });

  test('compares fields by path, numbers as text, and finds nothing where there is no such path', () => {
    const value = '{"fields":{"brand":"Böhm","count":12,"list":[1]},"x":null}';
    expect(selects(field('fields.brand', 'equals', 'Böhm'), value)).toBe(true);
    expect(selects(field('fields.count', 'equals', '12'), value)).toBe(true);
    expect(selects(field('fields.brand', 'matches', '^B.hm$'), value)).toBe(true);
    for (const path of ['fields', 'x', 'x.y', 'nothing', 'fields.brand.length', '__proto__.x', 'constructor.name'])
      expect(selects(field(path, 'matches', ''), value)).toBe(false);
    expect(selects(field('fields.brand', 'equals', 'Böhm'), null)).toBe(false);
  });

  test('a header must be there, and all conditions must hold', () => {
    const where = [
      { on: 'header', name: 'ce_type', test: 'equals', value: 'a' },
      { on: 'header', name: 'toString', test: 'matches', value: '' },
    ] as const;
    expect(selects({ where: [where[0]] }, null, { ce_type: 'a' })).toBe(true);
    expect(selects({ where: [...where] }, null, { ce_type: 'a' })).toBe(false);
  });

  test('keys are compared before a value is looked at', () => {
    const selection = { ...field('a', 'equals', 'b'), keys: ['k2'] };
    expect(selects(selection, 'poison')).toBe(false);
    expect(() => selects({ ...selection, keys: ['k1'] }, 'poison')).toThrow('poison');
  });

  test('takes linear time for a pattern that would take for ever, and refuses one that RE2 does not know', () => {
    expect(selects(field('a', 'matches', '(a+)+$'), JSON.stringify({ a: `${'a'.repeat(50_000)}!` }))).toBe(false);
    for (const pattern of ['(a)\\1', '(?=a)', '('])
      expect(() => selects(field('a', 'matches', pattern), null)).toThrow(
        expect.objectContaining({ code: 'HUB_REQUEST_INVALID' }),
      );
  });
});
