/** The multiplier and seed of Kafka's murmur2. */
const MULTIPLIER = 0x5bd1e995;
const SEED = 0x9747b28c;

/**
 * The partition of a key, as Java's and kafkajs's default partitioners choose it: another producer of the same topic
 * must not split a key.
 * @see https://github.com/apache/kafka/blob/4.1.0/clients/src/main/java/org/apache/kafka/common/utils/Utils.java murmur2
 */
export function partitionOf(key: string, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions;
}

/** Kafka's murmur2 of the UTF-8 bytes of a key, as a signed 32-bit integer. */
export function murmur2(key: string): number {
  for (let index = 0; index < key.length; index += 1)
    if (key.charCodeAt(index) > 0x7f) return hash(Buffer.from(key), (bytes, at) => bytes[at] ?? 0);
  // An ASCII key is its own bytes: no buffer.
  return hash(key, (text, at) => text.charCodeAt(at));
}

function hash<T extends { readonly length: number }>(data: T, byteAt: (data: T, index: number) => number): number {
  const { length } = data;
  const whole = length & ~3;
  let state = SEED ^ length;
  for (let at = 0; at < whole; at += 4) {
    let word =
      byteAt(data, at) | (byteAt(data, at + 1) << 8) | (byteAt(data, at + 2) << 16) | (byteAt(data, at + 3) << 24);
    word = Math.imul(word, MULTIPLIER);
    word = Math.imul(word ^ (word >>> 24), MULTIPLIER);
    state = Math.imul(state, MULTIPLIER) ^ word;
  }
  for (let at = length - 1; at >= whole; at -= 1) state ^= byteAt(data, at) << (8 * (at - whole));
  if (whole < length) state = Math.imul(state, MULTIPLIER);
  state = Math.imul(state ^ (state >>> 13), MULTIPLIER);
  return state ^ (state >>> 15);
}
