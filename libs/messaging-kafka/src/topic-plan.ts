import type { TopicKind } from '#contracts';

/** A topic that the hub needs. */
export interface TopicSpec {
  readonly name: string;
  readonly kind: TopicKind;
  readonly partitions: number;
}

/** A topic as the cluster has it. */
export interface ActualTopic {
  readonly name: string;
  readonly partitions: number;
  readonly config: Readonly<Record<string, string>>;
}

/** One setting that differs from what the hub relies on. */
export interface DifferingConfig {
  readonly topic: string;
  readonly name: string;
  readonly wanted: string;
  readonly actual: string;
}

/** A topic with another number of partitions than declared; it is never changed, since keys would move. */
export interface DifferingPartitions {
  readonly topic: string;
  readonly wanted: number;
  readonly actual: number;
}

/** What separates the wanted topics from the cluster's. */
export interface TopicPlan {
  readonly missing: readonly TopicSpec[];
  readonly differingConfig: readonly DifferingConfig[];
  readonly differingPartitions: readonly DifferingPartitions[];
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** State is compacted and kept for ever; facts are kept for ever; dead letters for 30 days (architecture §7), lanes for 7. */
const CLEAN_UP: Readonly<Record<TopicKind, Readonly<Record<string, string>>>> = {
  change: compacted(),
  golden: compacted(),
  history: kept(-1),
  hub: kept(-1),
  'dead-letter': kept(30 * DAY_MS),
  lane: kept(7 * DAY_MS),
};

/** Settings of a new topic. */
export function topicConfig(kind: TopicKind, minInsyncReplicas: number): Record<string, string> {
  return { ...CLEAN_UP[kind], 'min.insync.replicas': String(minInsyncReplicas) };
}

/** Compares what is wanted with what is there. */
export function compareTopics(
  wanted: readonly TopicSpec[],
  actual: readonly ActualTopic[],
  minInsyncReplicas: number,
): TopicPlan {
  const byName = new Map(actual.map((topic) => [topic.name, topic]));
  const missing: TopicSpec[] = [];
  const differingConfig: DifferingConfig[] = [];
  const differingPartitions: DifferingPartitions[] = [];
  for (const spec of wanted) {
    const topic = byName.get(spec.name);
    if (!topic) {
      missing.push(spec);
      continue;
    }
    for (const [name, value] of Object.entries(topicConfig(spec.kind, minInsyncReplicas)))
      if (topic.config[name] !== value)
        differingConfig.push({ topic: spec.name, name, wanted: value, actual: topic.config[name] ?? '' });
    if (topic.partitions !== spec.partitions)
      differingPartitions.push({ topic: spec.name, wanted: spec.partitions, actual: topic.partitions });
  }
  return { missing, differingConfig, differingPartitions };
}

function compacted(): Record<string, string> {
  return {
    'cleanup.policy': 'compact',
    'min.compaction.lag.ms': String(HOUR_MS),
    'retention.ms': '-1',
    'message.timestamp.type': 'LogAppendTime',
  };
}

function kept(retentionMs: number): Record<string, string> {
  return {
    'cleanup.policy': 'delete',
    'retention.ms': String(retentionMs),
    'message.timestamp.type': 'LogAppendTime',
  };
}
