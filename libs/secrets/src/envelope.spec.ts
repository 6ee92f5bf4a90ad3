import { createCipheriv, randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { openSecret, rewrapSecret, sealingKeysOf, sealSecret } from './index.js';

const PLACE = 'systems.erp.config.url';
const old = { id: 'k1', key: Buffer.alloc(32, 1) };
const newest = { id: 'k2', key: Buffer.alloc(32, 2) };
const keys = sealingKeysOf([old]);
const both = sealingKeysOf([newest, old]);

describe('a sealed secret', () => {
  test('opens where it was sealed for, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (secret) => {
        const text = Buffer.from(secret, 'utf8').toString('utf8');
        expect(openSecret(sealSecret(text, PLACE, old), PLACE, keys)).toBe(text);
      }),
      { numRuns: 200 },
    );
  });

  test('opens nowhere else: not for another system, nor another field of it', () => {
    const sealed = sealSecret('sesame', PLACE, old);
    for (const place of ['systems.shop.config.url', 'systems.erp.config.password', 'systems.erp.config', ''])
      expect(openSecret(sealed, place, keys)).toBeNull();
  });

  test('opens no more when any character of it was changed, or its end was cut off', () => {
    const sealed = sealSecret('sesame', PLACE, old);
    const start = sealed.indexOf('.', 3) + 1;
    for (let at = start; at < sealed.length; at += 1) {
      if (sealed[at] === '.') continue;
      const bytes = Buffer.from(sealed);
      bytes[at] = sealed[at] === 'A' ? 0x42 : 0x41;
      const isSameBytes = lastBitsAlone(sealed, bytes.toString());
      if (!isSameBytes) expect([at, openSecret(bytes.toString(), PLACE, keys)]).toEqual([at, null]);
      expect([at, openSecret(sealed.slice(0, at), PLACE, keys)]).toEqual([at, null]);
    }
  });

  test('a tag of four bytes opens nothing', () => {
    const iv = randomBytes(12);
    const short = createCipheriv('aes-256-gcm', old.key, iv, { authTagLength: 4 });
    short.setAAD(Buffer.from(JSON.stringify(['plumbline secret key v1', 'k1', PLACE])));
    const body = Buffer.concat([short.update(randomBytes(32)), short.final()]);
    const wrapped = Buffer.concat([iv, short.getAuthTag(), body]).toString('base64url');
    const sealed = sealSecret('sesame', PLACE, old).split('.');
    expect(openSecret([sealed[0], sealed[1], wrapped, sealed[3]].join('.'), PLACE, keys)).toBeNull();
  });

  test('two seals of one secret differ, and none holds it', () => {
    const [one, two] = [sealSecret('sesame', PLACE, old), sealSecret('sesame', PLACE, old)];
    expect(one).not.toBe(two);
    expect(Buffer.from(one, 'base64url').includes('sesame')).toBe(false);
  });

  test('another key does not open it, and a text that is none is none', () => {
    const sealed = sealSecret('sesame', PLACE, old);
    expect(openSecret(sealed, PLACE, sealingKeysOf([{ id: 'k1', key: newest.key }]))).toBeNull();
    expect(openSecret(sealed, PLACE, sealingKeysOf([newest]))).toBeNull();
    for (const text of ['', 'v1', 'v1.k1..', 'v2.k1.AAAA.AAAA', 'v1.k1.AAAA.AAAA'])
      expect(openSecret(text, PLACE, keys)).toBeNull();
  });
});

describe('rotation', () => {
  test('seals only the key anew: what was sealed opens throughout, and at last without the old key', () => {
    const sealed = sealSecret('sesame', PLACE, old);
    expect(openSecret(sealed, PLACE, both)).toBe('sesame');
    const rotated = rewrapSecret(sealed, PLACE, both) ?? '';
    expect(rotated.split('.')[1]).toBe('k2');
    expect(rotated.split('.')[3]).toBe(sealed.split('.')[3]);
    expect(openSecret(rotated, PLACE, sealingKeysOf([newest]))).toBe('sesame');
    expect(rewrapSecret(rotated, PLACE, both)).toBe(rotated);
  });

  test('does not touch what it can not open', () => {
    const sealed = sealSecret('sesame', PLACE, old);
    expect(rewrapSecret(sealed, 'systems.shop.config.url', both)).toBeNull();
    expect(rewrapSecret(sealed, PLACE, sealingKeysOf([newest]))).toBeNull();
    expect(rewrapSecret(sealed, PLACE, sealingKeysOf([]))).toBeNull();
  });
});

/** The last character of base64 may hold bits that belong to no byte. */
function lastBitsAlone(one: string, other: string): boolean {
  const parts = (text: string): string =>
    text
      .split('.')
      .slice(2)
      .map((part) => Buffer.from(part, 'base64url').toString('hex'))
      .join('.');
  return parts(one) === parts(other);
}
