import { HubError, toHubError, type SystemId } from '#kernel';
import type { RoundHandler, RoundJob, RoundJobResults } from '#reconciliation';
import { Worker } from 'bullmq';
import { roundQueueName, type QueueOptions } from './queue-names.js';
import { closeSide, workerConnection } from './redis-calls.js';
import { roundJobSchema, toErrorAnswer, type JobAnswer } from './round-job-schemas.js';

/** Options of {@link startRoundWorker}. */
export interface RoundWorkerOptions extends QueueOptions {
  readonly system: SystemId;
  /** Jobs of different rounds (entities) at once. */
  readonly concurrency?: number;
  /** After this long without a sign of life a killed host's job is given to another. */
  readonly lockMs?: number;
}

/** A host's side of the round queue. */
export interface RoundWorker {
  /** Aborts running jobs (the reconciler queues them again) and closes the connections. */
  close(): Promise<void>;
}

/**
 * Works on the round jobs of one system until closed. It starts with the queue's server away and waits for it. A killed
 * host's job runs again elsewhere, so the handler may see a job twice.
 */
export function startRoundWorker(options: RoundWorkerOptions, handler: RoundHandler): RoundWorker {
  const { system, prefix, redisUrl, logger, concurrency = 4, lockMs = 15_000 } = options;
  const closing = new AbortController();
  const worker = new Worker<unknown, JobAnswer>(
    roundQueueName(prefix, system),
    (job) => answer(job.data, handler, closing.signal),
    {
      connection: workerConnection(redisUrl, closing.signal),
      concurrency,
      lockDuration: lockMs,
      stalledInterval: Math.ceil(lockMs / 3),
      maxStalledCount: 10,
      drainDelay: 2,
    },
  );
  worker.on('error', (error) => logger.debug({ system, reason: error.message }, 'job queue connection'));
  worker.on('stalled', (jobId) => logger.warn({ system, jobId }, 'round job taken over from a host that died'));
  return {
    async close() {
      closing.abort();
      await closeSide(() => worker.close(), logger);
    },
  };
}

async function answer(data: unknown, handler: RoundHandler, signal: AbortSignal): Promise<JobAnswer> {
  try {
    return { ok: true, result: await dispatch(readJob(data), handler, signal) };
  } catch (error) {
    const aborted = new HubError('HUB_SOURCE_UNREACHABLE', 'The host stopped during the job.', {}, { cause: error });
    return toErrorAnswer(signal.aborted ? aborted : toHubError(error));
  }
}

function readJob(data: unknown): RoundJob {
  const job = roundJobSchema.safeParse(data);
  if (job.success) return job.data;
  throw new HubError('HUB_INVARIANT_BROKEN', 'A round job has another shape.', {}, { cause: job.error });
}

function dispatch(
  job: RoundJob,
  handler: RoundHandler,
  signal: AbortSignal,
): Promise<RoundJobResults[RoundJob['kind']]> {
  switch (job.kind) {
    case 'scan':
      return handler<'scan'>(job, signal);
    case 'commit':
      return handler<'commit'>(job, signal);
    case 'discard':
      return handler<'discard'>(job, signal);
    case 'verify':
      return handler<'verify'>(job, signal);
  }
}
