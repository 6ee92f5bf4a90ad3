import type { Entity } from '#contracts';
import type { Clock, Logger } from '#kernel';
import type { ZodType } from 'zod';
import type { Connector } from './connector.js';
import type { EntityMapping } from './mapping.js';

/** What the host hands to a connector for one system. */
export interface ConnectorContext<Config> {
  readonly system: string;
  /** The system's `config` of the hub file, parsed by `configSchema`, secrets resolved. */
  readonly config: Config;
  /** Mapping in force per entity: the connector's default, overridden by the hub file. */
  readonly mappings: Readonly<Partial<Record<Entity, EntityMapping>>>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** `observe` promises read-only connections; `write` allows `apply`. */
  readonly mode: 'observe' | 'write';
  /** A folder of the connector's own for working files, git-ignored and private. */
  readonly workFolder: string;
  /** Share of the account's rate (0–1) that calls in lane `reconcile` may take; 0.2 where nothing is said. */
  readonly reconcileShare?: number;
}

/** A connector kind: what the hub file may say of it, and how to open a connection. One per `connectors/*` folder. */
export interface ConnectorDefinition<Config = unknown> {
  /** Name used in the hub file: `connector: sql`. */
  readonly id: string;
  readonly title: string;
  /** Shape of `config` in the hub file; `secretFields` name those whose values never appear in logs or answers. */
  readonly configSchema: ZodType<Config>;
  readonly secretFields: readonly string[];
  /** Opens lazily: it must not fail because the system is down; `check` tells. */
  open(context: ConnectorContext<Config>): Connector;
}
