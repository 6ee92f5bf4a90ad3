import type { RepairLimits } from '#hub-file';
import type { Entity } from '#contracts';
import { backoffMs, toHubError, type Clock, type Logger, type Metrics } from '#kernel';
import { judge } from './judge.js';
import { nextStep, type RoundEvent } from './next-step.js';
import type { RoundStore } from './ports.js';
import type { RoundJob, RoundRunner } from './round-jobs.js';
import { isEnded, type Round } from './round.js';

/** What a driver needs. */
export interface RoundDriverOptions {
  readonly store: RoundStore;
  readonly runner: RoundRunner;
  readonly limitsOf: (entity: Entity) => RepairLimits;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Unique name of this process. */
  readonly owner: string;
  readonly random: () => number;
  readonly leaseMs?: number;
  readonly pollMs?: number;
  /** Steps under way at once; several, so that one system that is down stops no other. */
  readonly parallel?: number;
}

/** A scan of a slow API takes hours; a host that is gone is noticed long before (the queue's own locks). */
const JOB_TIMEOUT_MS = {
  scan: 24 * 60 * 60_000,
  commit: 10 * 60_000,
  discard: 2 * 60_000,
  verify: 10 * 60_000,
} as const;

/**
 * Performs the steps of rounds. Whatever is killed, the store knows the step to run next: the lease ends, a driver takes
 * the round up, and the job runs again (every job may run twice).
 */
export class RoundDriver {
  private readonly leaseMs: number;
  private readonly steps = new Set<Promise<void>>();
  private pausing = new AbortController();
  private bug: unknown;

  constructor(private readonly options: RoundDriverOptions) {
    this.leaseMs = options.leaseMs ?? 30_000;
  }

  /** Works until `signal` aborts and the steps under way have ended. @throws HubError with disposition `crash` */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, pollMs = 500, parallel = 16 } = this.options;
    signal.addEventListener('abort', () => this.wake(), { once: true });
    while (!signal.aborted && this.bug === undefined) {
      this.pausing = new AbortController();
      const round = this.steps.size < parallel ? await this.claim(signal) : null;
      if (round === null) await clock.sleep(pollMs, this.pausing.signal);
      else this.track(this.perform(round, signal));
    }
    await Promise.all(this.steps);
    if (this.bug !== undefined) throw toHubError(this.bug);
  }

  /** Says that a round may be due, so that the driver looks at once. */
  wake(): void {
    this.pausing.abort();
  }

  /** Claims one due round and performs its step. @returns false when none was due. */
  async runOnce(signal: AbortSignal = new AbortController().signal): Promise<boolean> {
    const round = await this.options.store.claimDue(this.options.owner, this.leaseMs);
    if (round !== null) await this.perform(round, signal);
    return round !== null;
  }

  private async claim(signal: AbortSignal): Promise<Round | null> {
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      try {
        return await this.options.store.claimDue(this.options.owner, this.leaseMs);
      } catch (error) {
        this.reportStoreError(error, {});
        if (this.bug !== undefined) return null;
        await this.options.clock.sleep(backoffMs(attempt, this.options.random), signal);
      }
    }
    return null;
  }

  private track(step: Promise<void>): void {
    const tracked = step.finally(() => {
      this.steps.delete(tracked);
      this.wake(); // most rounds have a next step at once
    });
    this.steps.add(tracked);
  }

  private async perform(round: Round, signal: AbortSignal): Promise<void> {
    const { store, owner, random } = this.options;
    const facts = { roundId: round.id, system: round.system, entity: round.entity, step: round.step };
    const leased = new AbortController();
    const renewal = this.keepLease(round.id, leased.signal);
    try {
      const event = await this.work(round).catch((error: unknown) => toFailure(error, signal));
      if (event === 'stopped') return await store.release(round.id, owner);
      const transition = nextStep(round, event, random);
      await store.advance(transition);
      this.report(transition.round, facts, event);
      if (isEnded(transition.round) && event.kind === 'verified') await this.reportConverged(transition.round);
    } catch (error) {
      this.reportStoreError(error, facts);
    } finally {
      leased.abort();
      await renewal;
    }
  }

  private async work(round: Round): Promise<RoundEvent> {
    const { store, limitsOf } = this.options;
    const { entity, id: roundId } = round;
    switch (round.step) {
      case 'scan': {
        const summary = await this.runJob(round, { kind: 'scan', roundId, entity });
        const history = await store.findHistory(round, summary.differences);
        return { kind: 'scanned', summary, verdict: judge(summary, limitsOf(entity), history) };
      }
      case 'commit': {
        const digest = round.digest ?? '';
        return { kind: 'committed', result: await this.runJob(round, { kind: 'commit', roundId, entity, digest }) };
      }
      case 'verify':
        return { kind: 'verified', result: await this.runJob(round, { kind: 'verify', roundId, entity }) };
      case 'discard':
      case null:
        await this.runJob(round, { kind: 'discard', roundId, entity });
        return { kind: 'discarded' };
    }
  }

  private runJob<K extends RoundJob['kind']>(
    round: Round,
    job: Extract<RoundJob, { readonly kind: K }>,
  ): ReturnType<typeof this.options.runner.run<K>> {
    return this.options.runner.run<K>(round.system, job, JOB_TIMEOUT_MS[job.kind]);
  }

  private async keepLease(roundId: string, ended: AbortSignal): Promise<void> {
    const { store, owner, clock, logger } = this.options;
    for (;;) {
      await clock.sleep(this.leaseMs / 3, ended);
      if (ended.aborted) return;
      try {
        await store.renew(roundId, owner, this.leaseMs);
      } catch (error) {
        const { code } = toHubError(error);
        logger.warn({ code, roundId }, 'lease not renewed');
        if (code === 'HUB_LEASE_LOST') return;
      }
    }
  }

  private report(round: Round, facts: Record<string, unknown>, event: RoundEvent): void {
    const { logger, metrics } = this.options;
    const { system, entity, state, problem } = round;
    if (event.kind === 'job-failed') logger.warn({ ...facts, code: event.error.code, state }, 'round job failed');
    else logger.info({ ...facts, state, next: round.step, problem }, 'round advanced');
    if (event.kind === 'scanned') {
      for (const kind of ['changed', 'missing', 'foreign', 'undecided'] as const)
        metrics.gauge('plumbline_reconciler_drift_records', round[kind], { system, entity, kind });
    }
    if (isEnded(round) && event.kind !== 'discarded')
      metrics.count('plumbline_reconciler_rounds_total', 1, { system, entity, state });
  }

  /** Each repaired drift is observed once, by the driver whose verification ended its round. */
  private async reportConverged({ id, system, entity }: Round): Promise<void> {
    const { store, metrics } = this.options;
    for (const ms of await store.findConvergeMs(id))
      metrics.observe('plumbline_reconciler_converge_seconds', ms / 1000, { system, entity });
  }

  /** The round keeps its step; it is taken up again when its lease ends. Only our own bugs end the driver. */
  private reportStoreError(error: unknown, facts: Record<string, unknown>): void {
    const { code, disposition, message } = toHubError(error);
    this.options.logger.warn({ ...facts, code, reason: message }, 'round not advanced');
    if (disposition === 'crash' && code !== 'HUB_LEASE_LOST') this.bug = error;
  }
}

/** A job given up because this process stops says nothing of the host. */
function toFailure(error: unknown, signal: AbortSignal): RoundEvent | 'stopped' {
  return signal.aborted ? 'stopped' : { kind: 'job-failed', error: toHubError(error) };
}
