/** Choices that a seed fixes (mulberry32): the same seed makes the same choices, in the order in which they are made. */
export class SeededRandom {
  private state: number;

  constructor(readonly seed: number) {
    this.state = seed >>> 0;
  }

  /** In [0, 1). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `min` to `max`, both included. */
  between(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  /** True in this share of the calls. */
  chance(share: number): boolean {
    return this.next() < share;
  }

  /** The items in a random order. */
  shuffled<T>(items: readonly T[]): T[] {
    const order = items.map((item) => ({ item, place: this.next() }));
    return order.sort((a, b) => a.place - b.place).map(({ item }) => item);
  }

  /** A generator of its own, for work that goes on side by side. */
  fork(): SeededRandom {
    return new SeededRandom(this.between(0, 2 ** 31));
  }
}
