import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';

const BYTES = 32;
/** @see OWASP Password Storage Cheat Sheet: N = 2^17, r = 8, p = 1 */
const COST = { N: 2 ** 17, r: 8, p: 1 } as const;
const MAX_MEMORY_BYTES = 256 * 1024 * 1024;

/** A salted hash that names its own parameters: `scrypt$N$r$p$salt$hash`, the last two in base64url. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  return toText(salt, await derive(password, salt, COST));
}

/** A hash of no password: to try one against it takes as long as against any, and it costs nothing to make. */
export function hashOfNobody(): string {
  return toText(randomBytes(16), randomBytes(BYTES));
}

/** Whether the hash was made of this password. A text that is no hash of ours is made of none. */
export async function isPasswordOf(stored: string, password: string): Promise<boolean> {
  const [kind, n, r, p, salt, hash] = stored.split('$');
  if (kind !== 'scrypt' || salt === undefined || hash === undefined) return false;
  const expected = Buffer.from(hash, 'base64url');
  const found = await derive(password, Buffer.from(salt, 'base64url'), { N: Number(n), r: Number(r), p: Number(p) });
  return expected.length === found.length && timingSafeEqual(expected, found);
}

function toText(salt: Buffer, hash: Buffer): string {
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64url'), hash.toString('base64url')].join('$');
}

function derive(password: string, salt: Buffer, cost: ScryptOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { ...cost, maxmem: MAX_MEMORY_BYTES };
    scrypt(password.normalize('NFKC'), salt, BYTES, options, (error, hash) => (error ? reject(error) : resolve(hash)));
  });
}
