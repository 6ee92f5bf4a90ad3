import { AVRO_SCHEMAS, type AvroRecord, type EventTypeName } from '#contracts';
import { HubError, systemClock, type Clock } from '#kernel';
import avsc, { type Schema, type Type } from 'avsc';
import { DecimalType, TimestampMicrosType } from './avro-logical-types.js';
import { parseForeignSchema } from './foreign-schema.js';
import { guardCollections } from './guarded-types.js';
import type { SchemaSource } from './schema-source.js';
import { ValueTap } from './value-tap.js';

/** A record and the full name of its type, which is also its subject. */
export interface DecodedRecord {
  readonly typeName: EventTypeName;
  readonly record: AvroRecord;
}

/** Reads values written under one registered schema, its header included. */
type Reader = (buffer: Buffer) => DecodedRecord;
/** What avsc's types and resolvers read with. */
interface TypeReader {
  _read(tap: ValueTap): unknown;
}

const HEADER_BYTES = 5;
/** A value that is longer is not even looked at: a compressed batch may hold what no topic would take uncompressed. */
export const MAX_VALUE_BYTES = 16 * 1024 * 1024;
/** Ids that the registry does not know; anyone who may write to a topic can make up four billion of them. */
const MAX_UNKNOWN_IDS = 1_000;
const TYPE_NAMES = Object.keys(AVRO_SCHEMAS) as readonly EventTypeName[];

/**
 * Avro in the registry's wire format (zero byte, schema id, datum), for the schemas of `AVRO_SCHEMAS`. Encoding and
 * decoding are synchronous; only {@link ensureSchemas} and {@link prepare} ask the registry.
 */
export class AvroCodec {
  private readonly types = new Map<EventTypeName, Type>();
  private readonly ids = new Map<EventTypeName, number>();
  private readonly readers = new Map<number, Reader>();
  /** Ids that the registry did not know, and until when it is not asked again. */
  private readonly unknownUntilMs = new Map<number, number>();
  private readonly tap = new ValueTap();
  private scratch = Buffer.allocUnsafe(16 * 1024);

  constructor(
    private readonly registry: SchemaSource,
    private readonly clock: Clock = systemClock,
    private readonly unknownTtlMs = 30_000,
  ) {
    for (const name of TYPE_NAMES) this.types.set(name, parseType(JSON.parse(AVRO_SCHEMAS[name]) as Schema));
  }

  /** Registers every schema of the contracts and keeps the ids. @throws HubError HUB_SCHEMA_INCOMPATIBLE, HUB_REGISTRY_UNREACHABLE */
  async ensureSchemas(): Promise<void> {
    for (const name of TYPE_NAMES) {
      const id = await this.registry.register(name, AVRO_SCHEMAS[name]);
      this.ids.set(name, id);
      this.readers.set(id, this.makeReader(name, this.typeOf(name)));
    }
  }

  /** The wire format of a record. @throws HubError HUB_PAYLOAD_INVALID naming the fields, never their values; HUB_PAYLOAD_UNSAFE */
  encode(typeName: EventTypeName, record: AvroRecord): Buffer {
    const id = this.ids.get(typeName);
    if (id === undefined) throw new HubError('HUB_INVARIANT_BROKEN', 'ensureSchemas was not called.', { typeName });
    const end = this.write(typeName, record);
    this.scratch.writeUInt8(0, 0);
    this.scratch.writeInt32BE(id, 1);
    return Buffer.from(this.scratch.subarray(0, end));
  }

  /**
   * Loads the writers' schemas of a page, so that {@link decode} need not wait. Poison is left to `decode`.
   * @throws HubError HUB_REGISTRY_UNREACHABLE
   */
  async prepare(buffers: Iterable<Buffer | null>): Promise<void> {
    const wanted = new Set<number>();
    for (const buffer of buffers) {
      const id = buffer ? schemaIdOf(buffer) : null;
      if (id !== null && !this.readers.has(id) && !this.isUnknown(id)) wanted.add(id);
    }
    for (const id of wanted) await this.load(id);
  }

  /**
   * The record of a prepared buffer, in the shape of our own schema. Time and memory are bounded by the buffer's length.
   * @throws HubError, all to be parked: HUB_SCHEMA_UNKNOWN, HUB_SCHEMA_UNSAFE, HUB_PAYLOAD_INVALID, HUB_PAYLOAD_UNSAFE,
   * HUB_PAYLOAD_TOO_LARGE
   */
  decode(buffer: Buffer): DecodedRecord {
    if (buffer.length > MAX_VALUE_BYTES)
      throw new HubError('HUB_PAYLOAD_TOO_LARGE', 'The value is too long to be decoded.', { bytes: buffer.length });
    const id = schemaIdOf(buffer);
    if (id === null) throw new HubError('HUB_PAYLOAD_INVALID', "The value is not in the registry's wire format.");
    const reader = this.readers.get(id);
    if (!reader) throw new HubError('HUB_SCHEMA_UNKNOWN', 'The registry has no schema with this id.', { schemaId: id });
    return reader(buffer);
  }

  private write(typeName: EventTypeName, record: AvroRecord): number {
    const type = this.typeOf(typeName);
    try {
      let end = type.encode(record, this.scratch, HEADER_BYTES);
      if (end < 0) {
        this.scratch = Buffer.allocUnsafe(2 * (this.scratch.length - end));
        end = type.encode(record, this.scratch, HEADER_BYTES);
      }
      return end;
    } catch (error) {
      if (error instanceof HubError) throw error;
      const fields = invalidFields(type, record);
      const message = `The record does not fit ${typeName}: ${fields.join(', ')}.`;
      throw new HubError('HUB_PAYLOAD_INVALID', message, { typeName, fields }, { cause: error });
    }
  }

  private async load(id: number): Promise<void> {
    const text = await this.registry.find(id);
    if (text === null) this.remember(id);
    else this.readers.set(id, this.readerOf(text, id));
  }

  /** The oldest go first: a map keeps the order in which it was filled. */
  private remember(unknownId: number): void {
    this.unknownUntilMs.delete(unknownId);
    this.unknownUntilMs.set(unknownId, this.clock.nowMs() + this.unknownTtlMs);
    for (const id of this.unknownUntilMs.keys()) {
      if (this.unknownUntilMs.size <= MAX_UNKNOWN_IDS) return;
      this.unknownUntilMs.delete(id);
    }
  }

  /** A schema that cannot be read as ours makes poison of its messages, not an outage. */
  private readerOf(text: string, id: number): Reader {
    try {
      const writer = parseType(parseForeignSchema(text));
      const name = TYPE_NAMES.find((known) => known === writer.name);
      if (name) return this.makeReader(name, writer);
    } catch (error) {
      if (error instanceof HubError) return rejecting(error);
      return rejecting(
        new HubError(
          'HUB_PAYLOAD_INVALID',
          "The writer's schema does not fit ours.",
          { schemaId: id },
          { cause: error },
        ),
      );
    }
    return rejecting(
      new HubError('HUB_PAYLOAD_INVALID', 'The message is of a type that this hub does not know.', { schemaId: id }),
    );
  }

  private makeReader(typeName: EventTypeName, writer: Type): Reader {
    const type = this.typeOf(typeName);
    const reader = (writer === type ? type : type.createResolver(writer)) as unknown as TypeReader;
    return (buffer) => {
      try {
        this.tap.begin(buffer, HEADER_BYTES);
        const record = reader._read(this.tap) as AvroRecord;
        this.tap.end();
        return { typeName, record };
      } catch (error) {
        if (error instanceof HubError) throw error;
        throw new HubError('HUB_PAYLOAD_INVALID', 'The value does not fit its schema.', { typeName }, { cause: error });
      }
    };
  }

  private isUnknown(id: number): boolean {
    return (this.unknownUntilMs.get(id) ?? 0) > this.clock.nowMs();
  }

  private typeOf(typeName: EventTypeName): Type {
    const type = this.types.get(typeName);
    if (!type) throw new HubError('HUB_INVARIANT_BROKEN', 'No such event type.', { typeName });
    return type;
  }
}

function parseType(schema: Schema): Type {
  const logicalTypes = { decimal: DecimalType, 'timestamp-micros': TimestampMicrosType };
  // The declaration of the hook does not say that it may decline.
  const typeHook = guardCollections as (schema: Schema, options: unknown) => Type;
  return avsc.Type.forSchema(schema, { logicalTypes, omitRecordMethods: true, typeHook });
}

function schemaIdOf(buffer: Buffer): number | null {
  return buffer.length >= HEADER_BYTES && buffer.readUInt8(0) === 0 ? buffer.readInt32BE(1) : null;
}

function rejecting(error: HubError): Reader {
  return () => {
    throw error;
  };
}

function invalidFields(type: Type, record: AvroRecord): string[] {
  const paths: string[] = [];
  type.isValid(record, { errorHook: (path) => paths.push(path.join('.')) });
  return paths;
}
