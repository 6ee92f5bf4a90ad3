import { eventPlaceOf, type Entity } from '#contracts';
import { appendCurrentGolden, type GoldenMergerOptions } from '#golden-record';
import type { BusinessKey, Closers, HubError } from '#kernel';
import { TopicReader, type KafkaConnection } from '#messaging-kafka';
import { startReadBack, type OutboxRelay, type ReadBackTopic } from '#outbox';
import { PostgresAppliedOffsets, PostgresCurrentPlaces, type Database } from '#store-postgres';

/** Nobody waits for what is read back: few questions where nothing is new. */
const MAX_WAIT_MS = 1_000;

/** What golden reads its state topics back with. */
export interface GoldenReadBack {
  readonly merging: GoldenMergerOptions;
  readonly database: Database;
  readonly connection: KafkaConnection;
  readonly relay: OutboxRelay;
  readonly onFatal: (error: HubError) => void;
}

/** Starts reading the state topics of golden's entities back (ADR 18). */
export function startGoldenReadBack(options: GoldenReadBack, closers: Closers): void {
  const { merging, database, connection, relay, onFatal } = options;
  const { clock, logger, metrics, topics, policies } = merging;
  const places = new PostgresCurrentPlaces(database);
  const topicOf = (entity: Entity): ReadBackTopic => ({
    topic: topics.golden(entity),
    rows: {
      findPlaces: (keys) => places.golden(entity, keys),
      findUnpublished: (keys) => places.findUnpublished(keys),
      appendCurrent: (keys) => appendCurrentGolden(merging, entity, keys as BusinessKey[]),
    },
  });
  startReadBack(
    {
      topics: (Object.keys(policies) as Entity[]).map(topicOf),
      openTail: () => new TopicReader(connection, MAX_WAIT_MS),
      ...{ positions: new PostgresAppliedOffsets(database), placeOf: eventPlaceOf, clock, logger, metrics, onFatal },
      ...{ isLeading: () => relay.state === 'leading', onAppended: () => relay.wake() },
    },
    closers,
  );
}
