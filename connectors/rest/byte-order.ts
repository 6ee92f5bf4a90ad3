/** First code unit of a surrogate; UTF-16 sorts those before U+E000…U+FFFF, bytes of UTF-8 after them. */
const SURROGATES = 0xd800;
const AFTER_SURROGATES = 0xe000;

/** Compares two texts as their UTF-8 bytes compare, without making them. */
export function compareBytes(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at += 1) {
    const [a, b] = [left.charCodeAt(at), right.charCodeAt(at)];
    if (a === b) continue;
    if (a >= SURROGATES && b >= SURROGATES && a >= AFTER_SURROGATES !== b >= AFTER_SURROGATES)
      return a >= AFTER_SURROGATES ? -1 : 1;
    return a - b;
  }
  return left.length - right.length;
}
