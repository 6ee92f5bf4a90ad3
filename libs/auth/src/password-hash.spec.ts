import { expect, test } from '@jest/globals';
import { hashPassword, isPasswordOf } from './password-hash.js';

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
