/** Does one piece of work after the other, in the order in which they were asked for. */
export class Turns {
  private last: Promise<unknown> = Promise.resolve();

  /** Ends as the work does: an error goes to this caller, never to the next one. */
  take<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.last.then(work);
    this.last = turn.catch(() => undefined);
    return turn;
  }

  /** Resolves when everything asked for so far has ended, whatever became of it. */
  async untilIdle(): Promise<void> {
    await this.last;
  }
}
