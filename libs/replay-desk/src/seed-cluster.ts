import type { Entity } from '#contracts';
import type { HubFile } from '#hub-file';
import type { AvroCodec, KafkaConnection, ReplicationOptions } from '#messaging-kafka';
import type { SeedShape } from '#replay';

/** Where topics are. */
export interface SeedCluster {
  readonly file: HubFile;
  readonly connection: KafkaConnection;
  readonly replication: ReplicationOptions;
  readonly codec: AvroCodec;
}

/** What of which entity is seeded. */
export interface SeedSubject {
  readonly entity: Entity;
  readonly shape: SeedShape;
}
