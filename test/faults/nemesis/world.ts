import { topicNames, type TopicNames } from '#contracts';
import type { HubProcesses, ServiceName } from '#hub-runner';
import type { OutboxAudit } from '../outbox-audit.js';
import type { SeededRandom } from '../seeded-random.js';
import type { ShopUsers } from '../shop-users.js';
import type { TestHub } from '../test-hub.js';
import type { Workload } from '../workload.js';
import type { OwnStack } from './own-stack.js';
import type { Supervisor } from './supervisor.js';

/** What faults are made in: servers, the hub's processes, and those who work with its systems. */
export interface World {
  readonly stack: OwnStack;
  readonly test: TestHub;
  readonly outboxes: OutboxAudit;
  readonly supervisor: Supervisor;
  readonly workload: Workload;
  readonly users: ShopUsers;
  readonly random: SeededRandom;
  readonly log: (text: string) => void;
}

/** Processes of the hub that faults are made to. */
export const SERVICES = ['connector-erp', 'golden', 'connector-shop', 'reconciler'] as const satisfies ServiceName[];
export type Service = (typeof SERVICES)[number];

export function processesOf({ test }: World): HubProcesses {
  return test.hub.processes;
}

/** The hub's database, past the proxy. */
export function databaseOf({ stack, test }: Pick<World, 'stack' | 'test'>): string {
  const url = new URL(stack.direct.DATABASE_URL);
  url.pathname = new URL(test.hub.databaseUrl).pathname;
  return url.href;
}

export function topicsOf({ test }: World): TopicNames {
  return topicNames(test.hub.file.hub.topicPrefix);
}

/** Something else than the checker's findings that is wrong after a cell. */
export interface Complaint {
  readonly fault: string;
  readonly key: string;
  readonly detail: string;
}
