import type { QueueServers, ServiceSettings } from '#config';
import type { ConnectorDefinition } from '#connector-sdk';
import type { SystemId } from '#kernel';
import type { AppRuntime } from '#observability';
import type { HostSettings } from './host-context.js';

/** How one connector process is started. */
export interface ConnectorHostOptions extends ServiceSettings<QueueServers>, AppRuntime {
  readonly definition: ConnectorDefinition;
  readonly system: SystemId;
  /** Folder for the connector's working files. */
  readonly dataDir: string;
  readonly settings?: Partial<HostSettings>;
  /** For fault runs: where this process kills itself, once. */
  readonly failpoint?: string;
}
