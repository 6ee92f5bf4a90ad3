import { randomUUID } from 'node:crypto';
import { cloudEventHeaders, topicNames, type TopicNames } from '#contracts';
import type { AvroCodec } from '#messaging-kafka';
import { encodeHeaders, type OutboxMessage } from '#outbox';
import type { AuditRecord, DriftRecord, RoundEventEncoder } from '#reconciliation';

const SOURCE = '/plumbline/reconciler';

/** The reconciler's events in Avro, for `hub.drift.v1` (keyed by record) and `hub.audit.v1` (keyed by subject). */
export class AvroRoundEventEncoder implements RoundEventEncoder {
  private readonly topics: TopicNames;

  /** @param codec with its schemas ensured. @param topicPrefix of the hub */
  constructor(
    private readonly codec: AvroCodec,
    topicPrefix: string,
  ) {
    this.topics = topicNames(topicPrefix);
  }

  async encodeDrift(records: readonly DriftRecord[]): Promise<OutboxMessage[]> {
    return records.map(({ roundId, ...record }) => {
      const key = `${record.system}/${record.entity}/${record.externalId}`;
      const value = this.codec.encode('io.plumbline.hub.v1.DriftRecorded', { ...record, runId: roundId });
      const id = randomUUID();
      const context = { id, source: SOURCE, type: 'drift.recorded.v1', time: record.at, subject: key };
      return { topics: [this.topics.hub('drift')], key, value, headers: encodeHeaders(cloudEventHeaders(context)) };
    });
  }

  async encodeAudit(records: readonly AuditRecord[]): Promise<OutboxMessage[]> {
    return records.map((record) => {
      const { id, at: time, subject } = record;
      const value = this.codec.encode('io.plumbline.hub.v1.AuditRecorded', { ...record });
      const headers = encodeHeaders(
        cloudEventHeaders({ id, source: SOURCE, type: 'audit.recorded.v1', time, subject }),
      );
      return { topics: [this.topics.hub('audit')], key: subject, value, headers };
    });
  }
}
