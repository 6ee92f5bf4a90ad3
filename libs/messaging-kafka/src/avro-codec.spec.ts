import { beforeEach, describe, expect, test } from '@jest/globals';
import { AVRO_SCHEMAS, type AvroRecord } from '#contracts';
import type { Clock } from '#kernel';
import { AvroCodec } from './avro-codec.js';
import { InMemorySchemaSource } from './in-memory-schema-source.js';

const DRIFT = 'io.plumbline.hub.v1.DriftRecorded';
const drift: AvroRecord = {
  runId: 'r',
  system: 'erp',
  entity: 'price',
  externalId: '1',
  key: null,
  kind: 'changed',
  fields: ['amount'],
  outcome: 'found',
  at: '2026-11-23T04:05:06.123456Z',
};

let nowMs = 0;
const clock: Clock = { nowMs: () => nowMs, sleep: () => Promise.resolve() };

describe('AvroCodec', () => {
  let registry: InMemorySchemaSource;
  let writer: AvroCodec;
  let reader: AvroCodec;
  beforeEach(async () => {
    registry = new InMemorySchemaSource();
    writer = new AvroCodec(registry);
    await writer.ensureSchemas();
    reader = new AvroCodec(registry, clock, 1_000);
  });

  test('reads what another process wrote, asking for each schema once', async () => {
    const buffers = [1, 2, 3].map(() => writer.encode(DRIFT, drift));
    await reader.prepare([...buffers, null]);
    await reader.prepare(buffers);
    expect(buffers.map((buffer) => reader.decode(buffer))).toEqual(
      buffers.map(() => ({ typeName: DRIFT, record: drift })),
    );
    expect(registry.reads).toBe(1);
  });

  test('an outage is no poison: prepare throws retry, and decodes after it ended', async () => {
    const buffer = writer.encode(DRIFT, drift);
    registry.isDown = true;
    const outage = { code: 'HUB_REGISTRY_UNREACHABLE', disposition: 'retry' };
    await expect(reader.prepare([buffer])).rejects.toMatchObject(outage);
    registry.isDown = false;
    await reader.prepare([buffer]);
    expect(reader.decode(buffer).record).toEqual(drift);
  });

  test('parks a message whose schema id is unknown, and asks again only after a while', async () => {
    const buffer = Buffer.concat([Buffer.from([0, 0, 0, 255, 255]), Buffer.from('x')]);
    for (let time = 0; time < 3; time += 1) await reader.prepare([buffer]);
    expect(registry.reads).toBe(1);
    const unknown = expect.objectContaining({ code: 'HUB_SCHEMA_UNKNOWN', disposition: 'park' });
    expect(() => reader.decode(buffer)).toThrow(unknown);
    nowMs += 1_001;
    await reader.prepare([buffer]);
    expect(registry.reads).toBe(2);
  });

  test.each([
    ['no wire format', Buffer.from('{"json":1}')],
    ['too short', Buffer.from([0, 0])],
    ['empty', Buffer.alloc(0)],
  ])('parks a value that is %s', async (_case, buffer) => {
    await reader.prepare([buffer]);
    const invalid = expect.objectContaining({ code: 'HUB_PAYLOAD_INVALID', disposition: 'park' });
    expect(() => reader.decode(buffer)).toThrow(invalid);
  });

  test('parks a truncated value, one with bytes to spare, and one of a foreign type', async () => {
    const buffer = writer.encode(DRIFT, drift);
    const id = await registry.register('other', '{"type":"record","name":"Other","fields":[]}');
    const foreign = Buffer.from([0, 0, 0, 0, id]);
    const bad = [buffer.subarray(0, buffer.length - 3), Buffer.concat([buffer, Buffer.from('x')]), foreign];
    await reader.prepare(bad);
    for (const value of bad)
      expect(() => reader.decode(value)).toThrow(expect.objectContaining({ code: 'HUB_PAYLOAD_INVALID' }));
  });

  test('reads an older writer: a field that it lacks gets its default', async () => {
    const older = JSON.parse(AVRO_SCHEMAS[DRIFT]) as { fields: { name: string }[] };
    older.fields = older.fields.filter((field) => field.name !== 'key');
    const id = await registry.register(DRIFT, JSON.stringify(older));
    const full = writer.encode(DRIFT, drift);
    // `key` null is the one byte 00 of its union, after externalId "1".
    const at = full.indexOf(Buffer.from([2, 0x31, 0])) + 2;
    const buffer = Buffer.concat([full.subarray(0, at), full.subarray(at + 1)]);
    buffer.writeInt32BE(id, 1);
    await reader.prepare([buffer]);
    expect(reader.decode(buffer).record).toEqual(drift);
  });

  test('encodes a record larger than its scratch buffer', async () => {
    const big = { ...drift, runId: 'ü'.repeat(50_000) };
    const buffer = writer.encode(DRIFT, big);
    await reader.prepare([buffer]);
    expect(reader.decode(buffer).record).toEqual(big);
  });
});
