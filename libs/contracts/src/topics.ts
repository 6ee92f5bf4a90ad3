import type { SystemId } from '#kernel';
import type { Entity } from './generated/entities.js';

/** Kind of a topic; it fixes clean-up policy and retention. */
export type TopicKind = 'change' | 'golden' | 'history' | 'hub' | 'dead-letter' | 'lane';

/** Topic names under one prefix. The prefix (empty, or ending in a dot) lets several hubs share one cluster. */
export interface TopicNames {
  /** `<system>.<entity>.changed.v1`, compacted, keyed by external id; of the system `hub`, keyed by business key. */
  change(system: SystemId, entity: Entity): string;
  /** `golden.<entity>.v1`, compacted, keyed by business key: the state. */
  golden(entity: Entity): string;
  /** `golden.<entity>.history.v1`, kept for ever, keyed by business key: every version. */
  history(entity: Entity): string;
  /** `hub.drift.v1` and `hub.audit.v1`. */
  hub(name: 'drift' | 'audit'): string;
  /** `<consumer>.dead-letter.v1`. */
  deadLetter(consumer: string): string;
}

/** Topic names of a hub. @param prefix empty, or letters, digits, dashes and dots, ending in a dot. */
export function topicNames(prefix = ''): TopicNames {
  return {
    change: (system, entity) => `${prefix}${system}.${entity}.changed.v1`,
    golden: (entity) => `${prefix}golden.${entity}.v1`,
    history: (entity) => `${prefix}golden.${entity}.history.v1`,
    hub: (name) => `${prefix}hub.${name}.v1`,
    deadLetter: (consumer) => `${prefix}${consumer}.dead-letter.v1`,
  };
}

/** Header names: CloudEvents 1.0 binary mode, W3C trace context, and our own where CloudEvents has no name. */
export const HEADERS = {
  id: 'ce_id',
  source: 'ce_source',
  type: 'ce_type',
  time: 'ce_time',
  specVersion: 'ce_specversion',
  subject: 'ce_subject',
  contentType: 'content-type',
  traceParent: 'traceparent',
  /** Id of the source batch (one bounded read or file) that a change belongs to. */
  batch: 'x-plumbline-batch',
  /** Number of change events of that batch and entity, decimal; the guard judges a batch when it has seen them all. */
  batchSize: 'x-plumbline-batch-size',
  /** Id of the reconcile round that committed a change, so that it can be undone. */
  round: 'x-plumbline-round',
  /** `bulk` for imports and answers above the metered rate; absent for live changes. */
  lane: 'x-plumbline-lane',
  /** `true` on the event of a record that does not exist any more; absent otherwise. For tools that can't look into values. */
  deleted: 'x-plumbline-deleted',
} as const;

/** Value of the `content-type` header of every event. */
export const AVRO_CONTENT_TYPE = 'application/vnd.confluent.avro';
