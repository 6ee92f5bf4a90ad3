/** Longer texts are hardly ever the same, and cost less than looking for them. */
const MAX_BYTES = 24;
const SLOTS = 1024;
const FNV_OFFSET = 2_166_136_261;
const FNV_PRIME = 16_777_619;

/**
 * UTF-8 bytes to texts, where most short texts came a moment ago: names of fields, codes, a key that stands twice in a
 * message. Such a text is compared with its bytes and handed out again, so that nothing is allocated and nothing leaves
 * JavaScript. It keeps at most 1,024 texts of 24 bytes; another text with the same hash takes the place of the one before.
 */
export class RecentTexts {
  private readonly slots: string[] = new Array<string>(SLOTS).fill('');

  /** The text of the bytes `from` … `to - 1`, as Buffer reads it, whatever they are. */
  read(bytes: Buffer, from: number, to: number): string {
    if (to - from > MAX_BYTES) return bytes.toString('utf8', from, to);
    let hash = FNV_OFFSET;
    for (let at = from; at < to; at += 1) hash = Math.imul(hash ^ (bytes[at] ?? 0), FNV_PRIME);
    const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    const known = this.slots[slot] ?? '';
    if (isTextOf(known, bytes, from, to)) return known;
    const text = bytes.toString('utf8', from, to);
    this.slots[slot] = text;
    return text;
  }
}

/** Never for a text that is not ASCII: there are fewer characters than bytes, or U+FFFD for each that is none. */
function isTextOf(known: string, bytes: Buffer, from: number, to: number): boolean {
  if (known.length !== to - from) return false;
  for (let index = 0; index < known.length; index += 1)
    if (known.charCodeAt(index) !== bytes[from + index]) return false;
  return true;
}
