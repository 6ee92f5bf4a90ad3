import type { HubServers } from '#config';
import type { ConnectorDefinition } from '#connector-sdk';
import type { HubFile } from '#hub-file';
import type { HubError, Logger, SystemId } from '#kernel';
import type { ReadableMetrics } from '#observability';
import type { HostSettings } from './host-context.js';

/** How one connector process is started. */
export interface ConnectorHostOptions {
  readonly definition: ConnectorDefinition;
  readonly file: HubFile;
  readonly system: SystemId;
  readonly servers: HubServers;
  readonly http: { readonly host: string; readonly port: number; readonly token: string };
  /** Folder for the connector's working files. */
  readonly dataDir: string;
  readonly logger: Logger;
  readonly metrics: ReadableMetrics;
  readonly settings?: Partial<HostSettings>;
  /** For fault runs: where this process kills itself, once. */
  readonly failpoint?: string;
  /** Called for an error that no retry mends; the process should exit non-zero. */
  readonly onFatal: (error: HubError) => void;
}
