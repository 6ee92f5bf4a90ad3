import type { Logger, SystemId } from '#kernel';

/** What every queue of a hub needs. */
export interface QueueOptions {
  /** `redis://…` or `rediss://…`. */
  readonly redisUrl: string;
  /** Prefix of the hub: empty, or ending in a dot. */
  readonly prefix: string;
  readonly logger: Logger;
}

/** Queue of one system's round jobs. BullMQ refuses `:` in names and job ids; prefix and system contain none. */
export function roundQueueName(prefix: string, system: SystemId): string {
  return `${prefix}rounds-${system}`;
}

/** Queue of the rounds to be started on time. */
export function scheduleQueueName(prefix: string): string {
  return `${prefix}round-schedule`;
}
