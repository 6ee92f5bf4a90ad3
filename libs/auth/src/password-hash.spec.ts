import { expect, test } from '@jest/globals';
import { hashOfNobody, hashPassword, isPasswordOf } from './password-hash.js';

test('a hash is of its own password only, and salted', async () => {
  const hash = await hashPassword('correct horse');
  expect(await isPasswordOf(hash, 'correct horse')).toBe(true);
  expect(await isPasswordOf(hash, 'correct horsf')).toBe(false);
  expect(await hashPassword('correct horse')).not.toBe(hash);
  expect(hash).not.toContain('horse');
});

test('what is no hash of ours is of no password', async () => {
  for (const text of ['', 'x', 'bcrypt$1$2$3$c2FsdA$aGFzaA']) expect(await isPasswordOf(text, '')).toBe(false);
});

test('the hash of nobody costs as much to try as any, and is of no password', async () => {
  const [nobody, somebody] = [hashOfNobody(), await hashPassword('x')];
  expect(nobody.split('$').slice(0, 4)).toEqual(somebody.split('$').slice(0, 4));
  expect(nobody.length).toBe(somebody.length);
  expect(await isPasswordOf(nobody, '')).toBe(false);
});
