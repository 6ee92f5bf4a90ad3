import type { Entity } from '#contracts';
import type { GoldenMerger, GoldenStore, Reverter } from '#golden-record';
import { instantOfMs, type BusinessKey, type Clock, type Logger } from '#kernel';
import type { OutboxStore } from '#outbox';

/** A batch of which nothing came for so long is judged by what came: the rest may be lost to compaction. */
const BATCH_IDLE_MS = 10_000;
/** So much is read again at a start. */
const MARK_EVERY_MS = 30_000;
const TIDY_EVERY_MS = 60 * 60_000;
const BATCH_KEPT_MS = 7 * 24 * 60 * 60_000;
/** Plans of reverts that nobody approved. */
const PLAN_KEPT_MS = 7 * 24 * 60 * 60_000;
/** Bulk work adds rows only below this backlog, so that live changes keep their latency. */
const MAX_BACKLOG_ROWS = 5_000;

/** What the background work needs. */
export interface BackgroundWorkOptions {
  readonly merger: GoldenMerger;
  readonly store: GoldenStore;
  readonly outbox: Pick<OutboxStore, 'findBacklog'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Remembers how far the database knows golden's own topics. */
  readonly mark: () => Promise<void>;
}

/** The guard's step: settles what was decided, judges batches that never became whole, forgets old ones. */
export function guardStep({ merger, store, clock }: Omit<BackgroundWorkOptions, 'mark'>): () => Promise<boolean> {
  let tidiedAtMs = clock.nowMs();
  return async () => {
    const [isSettled, isJudged] = [await merger.settleDecided(), await merger.judgeStale(BATCH_IDLE_MS)];
    if (clock.nowMs() - tidiedAtMs > TIDY_EVERY_MS) {
      tidiedAtMs = clock.nowMs();
      await store.forgetBatches(instantOfMs(tidiedAtMs - BATCH_KEPT_MS));
    }
    return isSettled || isJudged;
  };
}

/** The step of reverts: a page planned or applied. Many records wait for the outbox, so that live changes keep their latency. */
export function revertStep({
  reverter,
  outbox,
  onStep,
}: Pick<BackgroundWorkOptions, 'outbox'> & {
  readonly reverter: Pick<Reverter, 'step'>;
  readonly onStep: () => void;
}): () => Promise<boolean> {
  return async () => {
    if ((await outbox.findBacklog()).rows > MAX_BACKLOG_ROWS) return false;
    const hasWorked = await reverter.step();
    if (hasWorked) onStep();
    return hasWorked;
  };
}

/** Forgets, once an hour, plans that nobody approved, and what rounds found longer ago than rounds are kept. */
export function forgetStep(
  { store, clock }: Pick<BackgroundWorkOptions, 'store' | 'clock'>,
  keepRoundsMs: number,
): () => Promise<boolean> {
  let tidiedAtMs = clock.nowMs();
  return async () => {
    const nowMs = clock.nowMs();
    if (nowMs - tidiedAtMs < TIDY_EVERY_MS) return false;
    tidiedAtMs = nowMs;
    await store.forgetReverts({ plans: instantOfMs(nowMs - PLAN_KEPT_MS), repairs: instantOfMs(nowMs - keepRoundsMs) });
    return false;
  };
}

/** The marks' step; see {@link MARK_EVERY_MS}. */
export function markStep({ mark, clock }: Pick<BackgroundWorkOptions, 'mark' | 'clock'>): () => Promise<boolean> {
  let markedAtMs = clock.nowMs();
  return async () => {
    if (clock.nowMs() - markedAtMs < MARK_EVERY_MS) return false;
    await mark();
    markedAtMs = clock.nowMs();
    return false;
  };
}

/**
 * The policy's step: merges records of older policies again, page by page, as bulk. Each start looks through all
 * records once; which ones are left is told by the records themselves.
 */
export function remergeStep(
  options: Omit<BackgroundWorkOptions, 'mark'>,
  entities: readonly Entity[],
): () => Promise<boolean> {
  const { merger, outbox, logger } = options;
  const left = [...entities];
  let after = '' as BusinessKey;
  return async () => {
    const [entity] = left;
    if (!entity || (await outbox.findBacklog()).rows > MAX_BACKLOG_ROWS) return false;
    const last = await merger.remergeOutdated(entity, after);
    after = last ?? ('' as BusinessKey);
    if (last === null) left.shift();
    else logger.info({ entity, after: last }, 'records merged again under a new policy');
    return left.length > 0;
  };
}
