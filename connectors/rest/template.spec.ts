import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compareBytes } from './byte-order.js';
import { encodeJson, parseJson, RawNumber, readPath, withPath } from './json.js';
import { waitOf } from './rate-headers.js';
import { Redactor } from './redact.js';
import { fillJson, fillPath, fillText, findTemplateProblems } from './template.js';

describe('templates', () => {
  test('a value can not leave its place in a path', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (id) => {
        const url = new URL(`https://shop.example${fillPath('/a/{id}/b', { id })}`);
        expect([url.origin, url.search, url.hash, url.pathname.split('/').length]).toEqual([
          'https://shop.example',
          '',
          '',
          4,
        ]);
      }),
    );
    expect(fillPath('/a/{id}', { id: '..' })).toBe('/a/%252E%252E');
    expect(fillPath('/a/{id}', { id: '../x?y#z' })).toBe('/a/..%2Fx%3Fy%23z');
  });

  test('literals end where they should', () => {
    const values = { sku: `O'B"\\` };
    expect(fillText('sku={sku|backslash}', values)).toBe(`sku='O\\'B"\\'`);
    expect(fillText('sku eq {sku|doubled}', values)).toBe(`sku eq 'O''B"\\'`);
    expect(JSON.parse(fillText('[{sku|json}]', values))).toEqual([`O'B"\\`]);
    expect(fillText('{"updated":[{"operator":">","value":"{at}"}]}', { at: '2026' })).toBe(
      '{"updated":[{"operator":">","value":"2026"}]}',
    );
  });

  test('a value is never read as a template', () => {
    expect(fillText('{a}-{b}', { a: '{b}', b: 'x' })).toBe('{b}-x');
    expect(fillJson({ v: '{a}' }, { a: { c: '{b}' }, b: 'x' })).toEqual({ v: { c: '{b}' } });
  });

  test('a body keeps the type of a value that stands alone', () => {
    const filled = fillJson(
      { data: '{fields}', note: 'key {key}', list: ['{n}'] },
      { fields: { a: null }, key: 'K', n: true },
    );
    expect(filled).toEqual({ data: { a: null }, note: 'key K', list: [true] });
  });

  test('unknown placeholders and formats are named', () => {
    expect(findTemplateProblems({ a: ['{id|sql}', '{name}'] }, ['id'])).toEqual([
      '{id|sql}: there is no format "sql", only backslash, doubled, json',
      '{name}: there is no such value here, only {id}',
    ]);
  });
});

describe('JSON', () => {
  test('numbers keep every digit in both directions', () => {
    const text = '{"a":12345678901234567890.5,"b":1.5,"c":"12345678901234567890","d":[-0.1,1e3]}';
    expect(parseJson(text)).toEqual({
      a: '12345678901234567890.5',
      b: 1.5,
      c: '12345678901234567890',
      d: [-0.1, '1e3'],
    });
    expect(
      encodeJson({ a: new RawNumber('12345678901234567890.5'), b: new RawNumber('1}'), c: undefined, d: [null] }),
    ).toBe('{"a":12345678901234567890.5,"b":"1}","d":[null]}');
  });

  test('any text survives, numbers and quotes in it too', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const withoutNumbers = JSON.parse(JSON.stringify(value), (_, each: unknown) =>
          typeof each === 'number' ? 1 : each,
        ) as unknown;
        expect(parseJson(encodeJson(withoutNumbers))).toEqual(withoutNumbers);
      }),
    );
  });

  test('paths read and write through objects', () => {
    expect(readPath({ a: { b: [{ c: 1 }] } }, 'a.b.0.c')).toBe(1);
    expect(readPath({ 'a.b': 2 }, 'a.b')).toBe(2);
    expect(readPath({ a: null }, 'a.b')).toBeUndefined();
    expect(withPath({ a: { x: 1 } }, 'a.b.c', 2)).toEqual({ a: { x: 1, b: { c: 2 } } });
  });
});

test('texts compare as their bytes do', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
      expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
  );
  expect(compareBytes('\uff5e', '\u{1f529}')).toBeLessThan(0);
});

test('secrets leave no text, however they are written', () => {
  const redactor = new Redactor();
  redactor.add('p"ä s', undefined, 'abc');
  expect(redactor.clean(`x p"ä s y ${encodeURIComponent('p"ä s')} ${JSON.stringify('p"ä s')} abc`)).toBe(
    'x *** y *** "***" abc',
  );
  expect(redactor.raw({ user: 'a', apiKey: 'k', nested: [{ Password: 'p', note: 'p"ä s' }] })).toBe(
    '{"user":"a","apiKey":"***","nested":[{"Password":"***","note":"***"}]}',
  );
  expect(redactor.raw('x'.repeat(5_000)).length).toBeLessThan(1_010);
});

test.each([
  [429, { 'retry-after': '7' }, 7_000],
  [429, { 'retry-after': 'Wed, 15 Nov 2023 22:13:22 GMT' }, 2_000],
  [429, { 'x-ratelimit-reset': '1700086405' }, 5_000],
  [429, { 'x-ratelimit-reset': '1700086403500' }, 3_500],
  [429, { 'ratelimit-reset': '3' }, 3_000],
  [429, {}, 1_000],
  [503, { 'retry-after': '2' }, 2_000],
  [503, {}, 0],
  [200, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '4' }, 4_000],
  [200, { 'x-ratelimit-remaining': '0' }, 0],
  [200, { 'x-ratelimit-remaining': '5', 'x-ratelimit-reset': '4' }, 0],
])('after %i with %j the vendor is asked nothing for %i ms', (status, headers, waitMs) => {
  expect(waitOf(status, headers as Record<string, string>, 1_700_086_400_000)).toBe(waitMs);
});
