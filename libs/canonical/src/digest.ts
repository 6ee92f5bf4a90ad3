import { hash } from 'node:crypto';
import type { CanonicalFields, CanonicalValue, FieldType, Texts } from '#kernel';
import { sortedKeys } from './sorted-keys.js';

/**
 * Version of the rules by which values become canonical text and records digests. Digests of different versions say
 * nothing about each other: whoever keeps them keeps this number too, and reads everything anew when it changed.
 */
export const DIGEST_VERSION = 1;

/** Digest of many records: never the XOR alone, since equal changes to two records cancel out. */
export interface CombinedDigest {
  readonly count: number;
  /** XOR and sum (mod 2^64) of the records' digests, 16 hex digits each. */
  readonly xor: string;
  readonly sum: string;
}

/**
 * Unambiguous text of a canonical value. `null` is `~`; in texts `~` becomes `~0` and `;` becomes `~1`, so that no
 * text equals the null and fields can be joined by `;`.
 */
export function canonicalText(type: FieldType, value: CanonicalValue): string {
  if (value === null) return '~';
  const text = typeof value === 'object' ? textsText(value) : String(value);
  return type === 'text' || type === 'texts' ? escape(text) : text;
}

/**
 * First 64 bits of the MD5 of a record's canonical text, 16 hex digits. Fields count in byte order of their names;
 * absent fields are left out, so absent, null and '' differ. Values must be canonical already.
 * {@link recordDigestSql} computes the same inside PostgreSQL.
 */
export function recordDigest(types: Readonly<Record<string, FieldType>>, fields: CanonicalFields): string {
  let text = '';
  for (const name of sortedKeys(fields)) {
    const value = fields[name];
    if (value !== undefined) text += `${name}=${canonicalText(types[name] ?? 'text', value)};`;
  }
  return hash('md5', text, 'hex').slice(0, 16);
}

/** Count, XOR and sum of record digests, in any order. */
export function combineDigests(digests: Iterable<string>): CombinedDigest {
  let count = 0;
  let xor = 0n;
  let sum = 0n;
  for (const digest of digests) {
    const bits = BigInt(`0x${digest}`);
    count += 1;
    xor ^= bits;
    sum += bits;
  }
  return { count, xor: toHex(xor), sum: toHex(sum) };
}

/** A combined digest from the columns of {@link combinedDigestSql}, which the driver gives as text. */
export function toCombinedDigest(row: {
  readonly count: string;
  readonly xor: string | null;
  readonly sum: string | null;
}): CombinedDigest {
  return { count: Number(row.count), xor: toHex(BigInt(row.xor ?? 0)), sum: toHex(BigInt(row.sum ?? 0)) };
}

/** Combined digests from the text of {@link packedDigestsSql}, in its order; none from null. */
export function toCombinedDigests(packed: string | null): CombinedDigest[] {
  const parts = packed === null ? [] : packed.split(' ');
  const digests: CombinedDigest[] = [];
  for (let index = 0; index + 2 < parts.length; index += 3)
    digests.push(
      toCombinedDigest({ count: parts[index] ?? '0', xor: parts[index + 1] ?? '0', sum: parts[index + 2] ?? '0' }),
    );
  return digests;
}

/** Ids with their digests from the text of {@link packedKeyDigestsSql}. @param none what stands for no digest */
export function toKeyDigests<None>(
  packed: string | null,
  none: None,
): { readonly externalId: string; readonly digest: string | None }[] {
  const texts = JSON.parse(packed ?? '[]') as string[];
  return texts.map((text) => {
    const end = text.indexOf(' ');
    return { externalId: text.slice(end + 1), digest: end === 0 ? none : text.slice(0, end) };
  });
}

/** Whether two values mean the same. Absent (undefined) equals only absent. Values must be canonical. */
export function equalValues(left: CanonicalValue | undefined, right: CanonicalValue | undefined): boolean {
  if (left === right) return true;
  if (left === null || right === null || typeof left !== 'object' || typeof right !== 'object') return false;
  const locales = Object.keys(left);
  return locales.length === Object.keys(right).length && locales.every((locale) => left[locale] === right[locale]);
}

/** Names of the fields, present in one or both, whose values differ. Sorted. */
export function differingFields(left: CanonicalFields, right: CanonicalFields): string[] {
  const names = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...names].filter((name) => !equalValues(left[name], right[name])).sort();
}

function textsText(texts: Texts): string {
  let text = '';
  for (const locale of sortedKeys(texts)) text += `${locale}:${escape(texts[locale] ?? '')};`;
  return text;
}

function escape(text: string): string {
  if (!text.includes('~') && !text.includes(';')) return text;
  return text.replaceAll('~', '~0').replaceAll(';', '~1');
}

function toHex(bits: bigint): string {
  return BigInt.asUintN(64, bits).toString(16).padStart(16, '0');
}
