import { ENTITIES, type Entity } from '#contracts';
import { isSystemId, toHubError, type SystemId } from '#kernel';
import type { RoundSchedule, ScheduleEntry } from '#reconciliation';
import { Queue, Worker } from 'bullmq';
import { z } from 'zod';
import { scheduleQueueName, type QueueOptions } from './queue-names.js';
import { callQueue, closeSide, producerConnection, workerConnection } from './redis-calls.js';

/** Options of {@link BullRoundSchedule}. */
export interface RoundScheduleOptions extends QueueOptions {
  /** Starts a round; an error is logged, the next turn tries again. */
  readonly onDue: (system: SystemId, entity: Entity) => Promise<void>;
}

const dueSchema = z.object({
  system: z.string().refine(isSystemId),
  entity: z.enum(Object.keys(ENTITIES) as [Entity, ...Entity[]]),
});

/** Starts rounds on time: one job scheduler per (system, entity), worked on by whichever reconciler is free. */
export class BullRoundSchedule implements RoundSchedule {
  private readonly closing = new AbortController();
  private readonly queue: Queue;
  private readonly worker: Worker;

  constructor(private readonly options: RoundScheduleOptions) {
    const name = scheduleQueueName(options.prefix);
    this.queue = new Queue(name, { connection: producerConnection(options.redisUrl, this.closing.signal) });
    this.worker = new Worker(name, (job) => this.start(job.data), {
      connection: workerConnection(options.redisUrl, this.closing.signal),
    });
    const onError = ({ message }: Error): void => options.logger.debug({ reason: message }, 'job queue connection');
    this.queue.on('error', onError);
    this.worker.on('error', onError);
  }

  async replace(entries: readonly ScheduleEntry[]): Promise<void> {
    const wanted = new Map(entries.map((entry) => [schedulerId(entry), entry]));
    const known = await callQueue(() => this.queue.getJobSchedulers());
    for (const { key } of known) if (key && !wanted.has(key)) await callQueue(() => this.queue.removeJobScheduler(key));
    for (const [id, { system, entity, everyMs, offsetMs }] of wanted) {
      const startDate = nextSlot(Date.now(), everyMs, offsetMs);
      const job = { name: 'round', data: { system, entity }, opts: { removeOnComplete: 10, removeOnFail: 10 } };
      await callQueue(() => this.queue.upsertJobScheduler(id, { every: everyMs, startDate }, job));
    }
  }

  /** Resolves when the queue's server answers. @throws HubError HUB_QUEUE_UNREACHABLE */
  async check(): Promise<void> {
    await callQueue(() => this.queue.getJobSchedulersCount(), 2_000);
  }

  async close(): Promise<void> {
    this.closing.abort();
    await closeSide(() => this.worker.close(), this.options.logger);
    await closeSide(() => this.queue.close(), this.options.logger);
  }

  private async start(data: unknown): Promise<void> {
    const due = dueSchema.safeParse(data);
    if (!due.success) return this.options.logger.warn({ problem: due.error.message }, 'schedule entry ignored');
    const { system, entity } = due.data;
    try {
      await this.options.onDue(system, entity);
    } catch (error) {
      this.options.logger.warn({ system, entity, code: toHubError(error).code }, 'scheduled round not started');
    }
  }
}

/** The next multiple of `everyMs` plus the offset: a restart does not push a round out. */
export function nextSlot(nowMs: number, everyMs: number, offsetMs: number): number {
  const phase = offsetMs % everyMs;
  return (Math.floor((nowMs - phase) / everyMs) + 1) * everyMs + phase;
}

function schedulerId({ system, entity }: ScheduleEntry): string {
  return `${system}.${entity}`;
}
