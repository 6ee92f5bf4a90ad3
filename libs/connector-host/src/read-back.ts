import { eventPlaceOf, type Entity } from '#contracts';
import { systemClock, type Closers, type ExternalId, type HubError } from '#kernel';
import { TopicReader, type KafkaConnection } from '#messaging-kafka';
import { startReadBack, type OutboxRelay, type ReadBackTopic } from '#outbox';
import { PostgresAppliedOffsets, PostgresCurrentPlaces, type Database } from '#store-postgres';
import { appendCurrentContributions } from './append-current.js';
import type { HostContext } from './host-context.js';

/** Nobody waits for what is read back: few questions where nothing is new. */
const MAX_WAIT_MS = 1_000;

/** What a host reads its change topics back with. */
export interface HostReadBack {
  readonly context: HostContext;
  readonly database: Database;
  readonly connection: KafkaConnection;
  readonly relay: OutboxRelay;
  readonly onFatal: (error: HubError) => void;
}

/** Starts reading the change topics of a host's entities back (ADR 18). */
export function startHostReadBack(options: HostReadBack, closers: Closers): void {
  const { context, database, connection, relay, onFatal } = options;
  const { logger, metrics, system } = context;
  const places = new PostgresCurrentPlaces(database);
  const topicOf = (entity: Entity): ReadBackTopic => ({
    topic: context.topics.change(system, entity),
    rows: {
      findPlaces: (ids) => places.contributions(entity, ids),
      findUnpublished: (ids) => places.findUnpublished(ids),
      appendCurrent: (ids) => appendCurrentContributions(context, entity, ids as ExternalId[]),
    },
  });
  startReadBack(
    {
      topics: [...context.entities.keys()].map(topicOf),
      openTail: () => new TopicReader({ ...connection, clientId: `plumbline-${system}-read-back` }, MAX_WAIT_MS),
      ...{ positions: new PostgresAppliedOffsets(database), placeOf: eventPlaceOf, clock: systemClock },
      ...{ isLeading: () => relay.state === 'leading', onAppended: () => relay.wake(), logger, metrics, onFatal },
    },
    closers,
  );
}
