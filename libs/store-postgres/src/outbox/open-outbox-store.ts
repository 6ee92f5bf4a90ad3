import type { Clock, Logger } from '#kernel';
import type { OutboxStore } from '#outbox';
import type { Database } from '../database.js';
import { PostgresOutboxStore } from './postgres-outbox-store.js';
import { StreamingOutboxStore } from './streaming-outbox-store.js';

/** How a relay's store is to read. */
export interface OpenOutboxOptions {
  /** `polling` unless given. */
  readonly reader: 'polling' | 'streaming' | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called when the stream has brought rows: wake the relay. */
  readonly onRows: () => void;
}

/** The store of a service's relay, on the schema of its database. */
export function openOutboxStore(database: Database, { reader, ...options }: OpenOutboxOptions): OutboxStore {
  if (reader !== 'streaming') return new PostgresOutboxStore(database);
  return new StreamingOutboxStore({ database, ...database.place, ...options });
}
