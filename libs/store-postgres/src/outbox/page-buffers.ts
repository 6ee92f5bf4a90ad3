const FIRST_BYTES = 256 * 1024;
/** What is worth keeping: larger ones, of a few large rows, go. */
const LARGEST_KEPT_BYTES = 4 * 1024 * 1024;
const MOST_KEPT = 4;

/**
 * Buffers for pages of rows, used again and again: a megabyte of fresh memory for every page makes the garbage collector
 * mark the whole heap every few pages, which was half of the relay's CPU (measured 2026-11-26). A page that never comes
 * back, since its run failed, is left to the collector.
 */
export class PageBuffers {
  private readonly free: Buffer[] = [];
  /** By the first row of the page. */
  private readonly lent = new Map<bigint, Buffer>();

  take(): Buffer {
    return this.free.pop() ?? Buffer.allocUnsafeSlow(FIRST_BYTES);
  }

  /** Notes the page that begins with this row; an empty page is free at once. @param page from a buffer's begin */
  lend(page: Buffer, first: bigint | null): void {
    const buffer = Buffer.from(page.buffer);
    if (first === null) return this.keep(buffer);
    // failed runs read the same rows again; what they never gave back is dropped here
    if (this.lent.size >= MOST_KEPT) this.lent.clear();
    this.lent.set(first, buffer);
  }

  /** Takes back the page whose rows were removed. */
  giveBack(sequences: readonly bigint[]): void {
    const first = sequences[0];
    const buffer = first === undefined ? undefined : this.lent.get(first);
    if (first === undefined || !buffer) return;
    this.lent.delete(first);
    this.keep(buffer);
  }

  private keep(buffer: Buffer): void {
    if (buffer.length <= LARGEST_KEPT_BYTES && this.free.length < MOST_KEPT) this.free.push(buffer);
  }
}
