import type { ReplaySource, ReplayTarget } from './replay-ports.js';

/** A group that reads a topic, or did. */
export interface ReaderGroup {
  readonly groupId: string;
  /** Kafka's word for what the group does. */
  readonly state: string;
  /** False: it only has committed offsets of the topic. */
  readonly isSubscribed: boolean;
}

/** The Kafka cluster as replays need it. Close it after use. */
export interface ReplayCluster {
  source(topic: string): ReplaySource;
  target(topic: string): ReplayTarget;
  /** Null where there is no such topic. @throws HubError HUB_BROKER_* */
  partitionsOf(topic: string): Promise<number | null>;
  /** True where there is nothing to be read, also where the topic is missing. */
  isEmpty(topic: string): Promise<boolean>;
  /** Groups that have something to do with the topic. */
  readersOf(topic: string): Promise<readonly ReaderGroup[]>;
  /** Whether the cluster knows the group. */
  hasGroup(groupId: string): Promise<boolean>;
  /** Creates the topic unless it is there: a lane is kept for 7 days, another for ever. */
  ensure(topic: string, kind: 'lane' | 'topic', partitions: number): Promise<void>;
  close(): Promise<void>;
}
