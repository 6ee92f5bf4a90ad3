import { randomUUID } from 'node:crypto';
import type { AuditStore } from '#audit';
import { cloudEventHeaders, topicNames } from '#contracts';
import { instantOfMs, StepLoop, type Clock, type HubError, type Logger } from '#kernel';
import type { AvroCodec } from '#messaging-kafka';
import { encodeHeaders, type EventPublisher } from '#outbox';

/** Action of the audit events that hold the end of a chain; their subject is the service. */
export const CHECKPOINT = 'audit.checkpoint';

/** What publishes the end of a chain. */
export interface AuditAnchorOptions {
  readonly service: string;
  readonly topicPrefix: string;
  readonly store: AuditStore;
  readonly publisher: EventPublisher;
  readonly codec: AvroCodec;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onFatal: (error: HubError) => void;
}

/** Other processes of the service append, too. */
const LOOK_EVERY_MS = 30_000;

/**
 * A loop that publishes the end of a service's chain to `hub.audit.v1`, outside of the database: when woken, and every 30 seconds
 * while there is something new. What was published of a chain can't be taken out of it any more without being seen.
 */
export function createAuditAnchor(options: AuditAnchorOptions): StepLoop {
  const { clock, logger, onFatal } = options;
  let published = 0n;
  const step = async (): Promise<boolean> => {
    const head = await options.store.findHead();
    if (!head || head.seq <= published) return false;
    await publishCheckpoint(options, head);
    published = head.seq;
    return true;
  };
  const mode = { idleMs: LOOK_EVERY_MS, endsOn: ['crash'], wakesFromErrors: false } as const;
  return new StepLoop({ name: 'audit anchor', step, ...mode, clock, logger, onFatal });
}

async function publishCheckpoint(
  { service, topicPrefix, publisher, codec, clock }: AuditAnchorOptions,
  head: { readonly seq: bigint; readonly hash: string; readonly keyId: string },
): Promise<void> {
  const [id, at] = [randomUUID(), instantOfMs(clock.nowMs())];
  const details = { seq: String(head.seq), hash: head.hash, keyId: head.keyId };
  const record = { id, actor: 'hub', action: CHECKPOINT, subject: service, details, at };
  const value = codec.encode('io.plumbline.hub.v1.AuditRecorded', record);
  const context = { id, source: `/plumbline/${service}`, type: 'audit.recorded.v1', time: at, subject: service };
  const headers = encodeHeaders(cloudEventHeaders(context));
  const topics = [topicNames(topicPrefix).hub('audit')];
  await publisher.publish([{ topics, key: service, value, headers, sequence: 0n }]);
}
