import type { Instant } from '#kernel';
import type { Entity } from './generated/entities.js';
import type { TopicKind } from './topics.js';

/** A consumer group that reads a topic, or did. */
export interface TopicReaderReport {
  readonly groupId: string;
  /** Kafka's word: `Stable`, `Empty`, … */
  readonly state: string;
  /** A member of it is subscribed now; else it only has committed offsets. */
  readonly isSubscribed: boolean;
  /** One of the hub's own services. */
  readonly isHub: boolean;
  /** Messages behind the end, by committed offsets; null for the hub's own, which keep theirs in their databases. */
  readonly lag: number | null;
}

/** How fresh a topic is, as measured over its newest messages. */
export interface TopicFreshness {
  readonly newestAt: Instant;
  /** How many messages were looked at. */
  readonly sample: number;
  /** From the event's own time (`ce_time`) to the broker's; null where no message says its time. Milliseconds. */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
}

/** `GET /api/topics/:topic`. */
export interface TopicCatalogue {
  readonly name: string;
  readonly kind: TopicKind;
  readonly entity: Entity | null;
  readonly partitions: number;
  /** Offsets in reach, all partitions together. */
  readonly reach: string;
  /** Full name of the Avro type, which is the subject in the registry; null where the topic holds several. */
  readonly type: string | null;
  /** What its key is. */
  readonly key: string;
  /** Services of the hub that write it. */
  readonly writers: readonly string[];
  readonly readers: readonly TopicReaderReport[];
  /** Null for an empty topic. */
  readonly freshness: TopicFreshness | null;
}

/** One difference of two versions of a schema. */
export interface SchemaChangeReport {
  /** Full name of the type in which it is, and the path from there. */
  readonly owner: string;
  readonly path: string;
  readonly change: string;
  /** `new readers`, `old readers`; empty when nobody breaks. */
  readonly breaks: readonly string[];
  readonly advice: string;
}

/** How a schema differs from one version. */
export interface VersionChangesReport {
  readonly version: number;
  readonly isCompatible: boolean;
  readonly changes: readonly SchemaChangeReport[];
}

/** `GET /api/schemas/:type/changes`. */
export interface SchemaChanges extends VersionChangesReport {
  /** The version that is compared with {@link version}. */
  readonly of: number;
}

/** Answer of `POST /api/schemas/:type/check`. Nothing was registered. */
export interface SchemaCheck {
  /** Why the text is no schema of this type; null when it is one. */
  readonly mistake: string | null;
  /** Whether it may become the next version: by the hub's judgement, with every version there is. */
  readonly isCompatible: boolean;
  /** It is already the version of this number; null otherwise. */
  readonly sameAs: number | null;
  /** What the registry says by itself; null when it does not know the type. */
  readonly registryTakes: boolean | null;
  /** Newest first. */
  readonly versions: readonly VersionChangesReport[];
}

/** A client that reads a topic. */
export interface SampleConsumer {
  readonly language: string;
  readonly file: string;
  readonly install: string;
  readonly code: string;
}
