import { HubError, systemClock, type SystemId } from '#kernel';
import type { RoundJob, RoundJobResults, RoundRunner } from '#reconciliation';
import { Queue, type Job } from 'bullmq';
import { roundQueueName, type QueueOptions } from './queue-names.js';
import { callQueue, closeSide, producerConnection } from './redis-calls.js';
import { readAnswer } from './round-job-schemas.js';

/** Options of {@link BullRoundRunner}. */
export interface RoundRunnerOptions extends QueueOptions {
  /** How long a system may be without a running host before its jobs are given up. */
  readonly hostWaitMs?: number;
  /** How long the queue's server may take for one answer. */
  readonly callTimeoutMs?: number;
}

const KEEP = { count: 100, age: 3_600 } as const;
const ENDED: ReadonlySet<string> = new Set(['completed', 'failed']);
const POLL_MS = { first: 25, most: 1_000 } as const;

/**
 * Queues round jobs and waits for their answers. One job per (round, kind) at a time: a second caller joins the job that
 * waits or runs; a finished one is queued anew; one that the server lost is queued again.
 */
export class BullRoundRunner implements RoundRunner {
  private readonly queues = new Map<SystemId, Queue>();
  private readonly closing = new AbortController();
  private readonly hostWaitMs: number;
  private readonly callTimeoutMs: number;

  constructor(private readonly options: RoundRunnerOptions) {
    this.hostWaitMs = options.hostWaitMs ?? 15_000;
    this.callTimeoutMs = options.callTimeoutMs ?? 5_000;
  }

  async run<K extends RoundJob['kind']>(
    system: SystemId,
    job: Extract<RoundJob, { readonly kind: K }>,
    timeoutMs: number,
  ): Promise<RoundJobResults[K]> {
    const queue = this.queueOf(system);
    const id = `${job.roundId}-${job.kind}`;
    const kind: K = job.kind;
    await this.call(() => enqueue(queue, id, job));
    const finished = await this.waitFor(queue, id, job, Date.now() + timeoutMs);
    if (finished.failedReason)
      throw new HubError('HUB_SOURCE_UNREACHABLE', `The host lost the job: ${finished.failedReason}`, { system, kind });
    return readAnswer(kind, finished.returnvalue);
  }

  /** Gives up all waits (the jobs go on) and closes the connections. */
  async close(): Promise<void> {
    this.closing.abort();
    const { logger } = this.options;
    await Promise.all([...this.queues.values()].map((queue) => closeSide(() => queue.close(), logger)));
  }

  private async waitFor(queue: Queue, id: string, job: RoundJob, untilMs: number): Promise<Job> {
    let seenHostAt = Date.now();
    for (let pollMs: number = POLL_MS.first; ; pollMs = Math.min(POLL_MS.most, pollMs * 2)) {
      await systemClock.sleep(pollMs, this.closing.signal);
      if (this.closing.signal.aborted) throw new HubError('HUB_QUEUE_UNREACHABLE', 'This process stops.', { job: id });
      const state = await this.call(() => queue.getJobState(id));
      const finished = ENDED.has(state) ? await this.call(() => takeFinished(queue, id)) : undefined;
      if (finished) return finished;
      if (state === 'unknown') await this.call(() => enqueue(queue, id, job));
      if (state === 'active' || (await this.hasHost(queue))) seenHostAt = Date.now();
      const why = this.hopeless(seenHostAt, untilMs);
      if (why !== null) await this.giveUp(queue, id, why);
    }
  }

  private hopeless(seenHostAt: number, untilMs: number): string | null {
    if (Date.now() - seenHostAt > this.hostWaitMs) return 'No host of this system is running.';
    return Date.now() > untilMs ? 'The host did not answer in time.' : null;
  }

  private async hasHost(queue: Queue): Promise<boolean> {
    return (await this.call(() => queue.getWorkersCount())) > 0;
  }

  private async giveUp(queue: Queue, id: string, why: string): Promise<never> {
    if ((await this.call(() => queue.getJobState(id))) !== 'active') await this.call(() => queue.remove(id));
    throw new HubError('HUB_SOURCE_UNREACHABLE', why, { queue: queue.name, job: id });
  }

  private queueOf(system: SystemId): Queue {
    const known = this.queues.get(system);
    if (known) return known;
    const { prefix, redisUrl, logger } = this.options;
    const queue = new Queue(roundQueueName(prefix, system), {
      connection: producerConnection(redisUrl, this.closing.signal),
    });
    queue.on('error', (error) => logger.debug({ system, reason: error.message }, 'job queue connection'));
    this.queues.set(system, queue);
    return queue;
  }

  private call<T>(call: () => Promise<T>): Promise<T> {
    return callQueue(call, this.callTimeoutMs);
  }
}

/** BullMQ keeps a job of the same id as it is; only one that ended is removed first. */
async function enqueue(queue: Queue, id: string, job: RoundJob): Promise<void> {
  const state = await queue.getJobState(id);
  if (ENDED.has(state)) await queue.remove(id);
  await queue.add(job.kind, job, { jobId: id, attempts: 1, removeOnComplete: KEEP, removeOnFail: KEEP });
}

/** Takes the job with its answer, which can be large, off the server. */
async function takeFinished(queue: Queue, id: string): Promise<Job | undefined> {
  const job: Job | undefined = await queue.getJob(id);
  if (job?.finishedOn === undefined) return undefined;
  await queue.remove(id);
  return job;
}
