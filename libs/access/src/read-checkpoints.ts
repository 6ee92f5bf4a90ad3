import type { Checkpoint } from '#audit';
import { topicNames } from '#contracts';
import { HubError } from '#kernel';
import type { AvroCodec, RawMessage, TopicReader } from '#messaging-kafka';
import { CHECKPOINT } from './audit-anchor.js';

/** Everything that was published of chains, by service. A message of the topic that can't be read is none of them. */
export async function readCheckpoints(
  reader: TopicReader,
  codec: AvroCodec,
  topicPrefix: string,
): Promise<ReadonlyMap<string, readonly Checkpoint[]>> {
  const found = new Map<string, Checkpoint[]>();
  await reader.readToEnd({
    topic: topicNames(topicPrefix).hub('audit'),
    from: new Map(),
    onPage: async ({ messages }) => {
      await codec.prepare(messages.map(({ value }) => value));
      for (const message of messages) add(found, toCheckpoint(codec, message));
    },
  });
  return found;
}

function add(found: Map<string, Checkpoint[]>, one: (Checkpoint & { readonly service: string }) | null): void {
  if (!one) return;
  const { service, ...checkpoint } = one;
  const known = found.get(service);
  if (known) known.push(checkpoint);
  else found.set(service, [checkpoint]);
}

function toCheckpoint(codec: AvroCodec, { value }: RawMessage): (Checkpoint & { readonly service: string }) | null {
  const record = value && readRecord(codec, value);
  if (record?.['action'] !== CHECKPOINT) return null;
  const { seq = '', hash = '' } = record['details'] as Readonly<Record<string, string>>;
  return /^\d{1,18}$/.test(seq) ? { service: String(record['subject']), seq: BigInt(seq), hash } : null;
}

function readRecord(codec: AvroCodec, value: Buffer): Readonly<Record<string, unknown>> | null {
  try {
    const { typeName, record } = codec.decode(value);
    return typeName === 'io.plumbline.hub.v1.AuditRecorded' ? record : null;
  } catch (error) {
    if (error instanceof HubError && error.disposition === 'park') return null;
    throw error;
  }
}
