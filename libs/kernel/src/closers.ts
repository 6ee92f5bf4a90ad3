/** What must be ended of what was started, in the order in which it was started. */
export class Closers {
  private readonly closers: (() => Promise<unknown>)[] = [];

  add(closer: () => Promise<unknown>): void {
    this.closers.push(closer);
  }

  /** Ends one part after the other, the last one first; a second call ends nothing twice. */
  async close(): Promise<void> {
    for (const closer of this.closers.splice(0).reverse()) await closer();
  }
}

/**
 * Starts parts, each of which says how it is ended. When one fails, those before it are ended and its error is thrown.
 * @returns what `start` answers, with a `close` that ends all of it
 */
export async function startParts<T extends object>(
  start: (closers: Closers) => Promise<T>,
): Promise<Omit<T, 'close'> & { close(): Promise<void> }> {
  const closers = new Closers();
  try {
    return { ...(await start(closers)), close: () => closers.close() };
  } catch (error) {
    await closers.close();
    throw error;
  }
}
