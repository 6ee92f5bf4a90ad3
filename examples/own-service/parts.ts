import type { OutboxRelay } from '#outbox';
import type { DataSource } from 'typeorm';
import type { OrderEvents } from './order-events.js';

/** Injection token of {@link Parts}. */
export const PARTS = Symbol('PARTS');

/** What the controllers work with. */
export interface Parts {
  readonly dataSource: DataSource;
  readonly orderEvents: OrderEvents;
  readonly relay: Pick<OutboxRelay, 'wake'>;
  /** Called at the named places; a test throws there. */
  readonly failpoint: (name: string) => void;
}
