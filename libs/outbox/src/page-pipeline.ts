import { messageBytes, PAGE_BYTES } from './message-size.js';
import type { OutboxRow, ParkedRow } from './ports.js';

/** The steps of a page, and when to end. */
export interface PageSteps {
  /** The oldest pending rows but those named, which were read before. */
  readonly find: (except: readonly bigint[]) => Promise<readonly OutboxRow[]>;
  /** Resolves when the broker has all rows but those that it returns, which are to be parked. */
  readonly publish: (rows: readonly OutboxRow[]) => Promise<readonly ParkedRow[]>;
  /** Removes a page's rows; those that are `parked` are among them. */
  readonly remove: (page: readonly OutboxRow[], parked: readonly ParkedRow[]) => Promise<void>;
  /** Rows of a full page: after a smaller one nothing more was pending, unless it is full by its bytes. */
  readonly pageSize: number;
  /** True when no other page is to be published. */
  readonly isEnding: () => boolean;
}

/**
 * Takes pages from the outbox to the broker until nothing is pending: while one is published, the next is read and the
 * one before is removed, so that at most three are in flight. They are published one after another, and removed in the
 * same order: a row whose predecessor is still there must not go, or that one would be published again, after it, and
 * stay current for ever. After an error nothing is in flight, and what was read but not removed is forgotten: it is
 * still pending. @returns the number of rows that were published or parked. @throws what a step threw
 */
export async function publishPages(steps: PageSteps): Promise<number> {
  let done = 0;
  let removing: readonly bigint[] = [];
  let removal = Promise.resolve();
  let next = steps.find([]);
  try {
    for (let page = await next; page.length > 0 && !steps.isEnding(); page = await next) {
      const sequences = page.map((row) => row.sequence);
      next = isFull(page, steps) ? awaitedLater(steps.find([...removing, ...sequences])) : Promise.resolve([]);
      const parked = await steps.publish(page);
      done += page.length;
      await removal;
      [removing, removal] = [sequences, awaitedLater(steps.remove(page, parked))];
    }
    await removal;
  } catch (error) {
    await Promise.allSettled([next, removal]);
    throw error;
  }
  return done;
}

/** By its bytes it is, where another row of the largest size may not have had room. */
function isFull(page: readonly OutboxRow[], { pageSize }: PageSteps): boolean {
  if (page.length >= pageSize) return true;
  return page.reduce((sum, row) => sum + messageBytes(row), 0) > PAGE_BYTES / 2;
}

/** The same promise; until somebody awaits it, its failure is not yet unhandled. */
function awaitedLater<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
