import {
  ENTITIES,
  fromContributionRecord,
  fromGoldenRecord,
  toContributionRecord,
  toGoldenRecord,
  type AvroRecord,
  type ContributionEvent,
  type Entity,
  type EventTypeName,
  type GoldenEvent,
} from '#contracts';
import { HubError } from '#kernel';
import type { AvroCodec } from './avro-codec.js';

/** What a decoded record names itself; null for a tombstone. */
export interface TypedRecord {
  readonly typeName: EventTypeName | null;
  readonly record: AvroRecord | null;
}

const CHANGED = new Map<string, Entity>();
const GOLDEN = new Map<string, Entity>();
for (const entity of Object.keys(ENTITIES) as Entity[]) {
  CHANGED.set(ENTITIES[entity].changedType, entity);
  GOLDEN.set(ENTITIES[entity].goldenType, entity);
}

/** Events of the hub to Avro and back, for all entities. Buffers must be prepared by the codec before they are decoded. */
export class EventCodec {
  constructor(private readonly codec: AvroCodec) {}

  /** @throws HubError HUB_PAYLOAD_INVALID */
  encodeContribution(event: ContributionEvent): Buffer {
    return this.codec.encode(ENTITIES[event.entity].changedType as EventTypeName, toContributionRecord(event));
  }

  /** @throws HubError HUB_PAYLOAD_INVALID */
  encodeGolden(event: GoldenEvent): Buffer {
    return this.codec.encode(ENTITIES[event.entity].goldenType as EventTypeName, toGoldenRecord(event));
  }

  /** @throws HubError HUB_PAYLOAD_INVALID, also for an event of another entity; HUB_SCHEMA_UNKNOWN */
  decodeContribution(entity: Entity, buffer: Buffer): ContributionEvent {
    return expectEntity(entity, toContribution(this.codec.decode(buffer)));
  }

  /** @throws HubError HUB_PAYLOAD_INVALID, also for an event of another entity; HUB_SCHEMA_UNKNOWN */
  decodeGolden(entity: Entity, buffer: Buffer): GoldenEvent {
    return expectEntity(entity, toGolden(this.codec.decode(buffer)));
  }
}

/** The change event that a decoded message holds. @throws HubError HUB_PAYLOAD_INVALID when it holds another type */
export function toContribution(message: TypedRecord): ContributionEvent {
  const entity = CHANGED.get(message.typeName ?? '');
  if (!entity || !message.record) throw wrongType('change event', message);
  return fromContributionRecord(entity, message.record);
}

/** The golden event that a decoded message holds. @throws HubError HUB_PAYLOAD_INVALID when it holds another type */
export function toGolden(message: TypedRecord): GoldenEvent {
  const entity = GOLDEN.get(message.typeName ?? '');
  if (!entity || !message.record) throw wrongType('golden event', message);
  return fromGoldenRecord(entity, message.record);
}

function expectEntity<E extends { readonly entity: Entity }>(entity: Entity, event: E): E {
  if (event.entity === entity) return event;
  throw new HubError('HUB_PAYLOAD_INVALID', 'The event is of another entity.', { entity, found: event.entity });
}

function wrongType(wanted: string, message: TypedRecord): HubError {
  return new HubError('HUB_PAYLOAD_INVALID', `The message holds no ${wanted}.`, { typeName: message.typeName });
}
