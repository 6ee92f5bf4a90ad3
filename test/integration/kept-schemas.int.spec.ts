import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { AVRO_SCHEMAS } from '#contracts';
import { HubError, type Clock, type Logger } from '#kernel';
import { AvroCodec, KeptSchemas, openSchemas, SchemaRegistry, type SchemaSource } from '#messaging-kafka';
import { serverAddresses, unique } from '../harness/servers.js';

const DRIFT = 'io.plumbline.hub.v1.DriftRecorded';
const { registryUrl } = serverAddresses();
const away = { code: 'HUB_REGISTRY_UNREACHABLE', disposition: 'retry' };
const warnings: string[] = [];
const note = (_facts: unknown, text: string): void => void warnings.push(text);
const silent = (): void => undefined;
const logger: Logger = { debug: silent, info: silent, warn: note, error: note, child: () => logger };
let nowMs = 0;
const clock: Clock = { nowMs: () => nowMs, sleep: () => Promise.resolve() };

/** The real registry, behind a switch. */
class Switched implements SchemaSource {
  private readonly registry = new SchemaRegistry({ url: registryUrl });
  isAway = false;
  calls = 0;

  register(subject: string, text: string): Promise<number> {
    return this.pass(() => this.registry.register(subject, text));
  }

  find(id: number): Promise<string | null> {
    return this.pass(() => this.registry.find(id));
  }

  private async pass<T>(ask: () => Promise<T>): Promise<T> {
    this.calls += 1;
    if (this.isAway) throw new HubError('HUB_REGISTRY_UNREACHABLE', 'switched off');
    return ask();
  }
}

describe('a registry that is away', () => {
  let folder: string;
  let registry: Switched;
  let kept: KeptSchemas;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kept-schemas-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  beforeEach(() => {
    registry = new Switched();
    kept = new KeptSchemas(registry, { folder: join(folder, 'a'), logger, clock });
    warnings.length = 0;
  });

  const record = {
    ...{ runId: 'r', system: 'erp', entity: 'price', externalId: '1', key: null, kind: 'changed', fields: [] },
    ...{ outcome: 'found', at: '2026-11-23T04:05:06.123456Z' },
  };

  test('does not keep a process from starting, writing and reading, once it has been started with it', async () => {
    const before = new AvroCodec(kept);
    await before.ensureSchemas();
    const written = before.encode(DRIFT, record);
    await new AvroCodec(kept).prepare([written]);

    registry.isAway = true;
    registry.calls = 0;
    const after = new AvroCodec(kept);
    await after.ensureSchemas();
    expect(after.encode(DRIFT, record)).toEqual(written);
    const reader = new AvroCodec(kept);
    await reader.prepare([written]);
    expect(reader.decode(written)).toEqual({ typeName: DRIFT, record });
    // One silent registry costs one time-out, not one for each schema.
    expect(registry.calls).toBe(1);
    expect(warnings).toEqual(['schema registry away, kept schemas are used']);

    nowMs += 10_001;
    registry.isAway = false;
    await kept.register(DRIFT, AVRO_SCHEMAS[DRIFT]);
    expect(registry.calls).toBe(2);
  });

  test('still stops a start with a schema that it never saw', async () => {
    registry.isAway = true;
    await expect(kept.register(unique('new'), '{"type":"record","name":"N","fields":[]}')).rejects.toMatchObject(away);
    await expect(kept.find(2_000_000_001)).rejects.toMatchObject(away);
  });

  test('an unknown id is not kept, and neither is a refusal', async () => {
    expect(await kept.find(2_000_000_000)).toBeNull();
    const subject = unique('io.plumbline.test');
    const text = (type: string): string => `{"type":"record","name":"T","fields":[{"name":"a","type":"${type}"}]}`;
    await kept.register(subject, text('int'));
    const files = await readdir(join(folder, 'a'));
    await expect(kept.register(subject, text('boolean'))).rejects.toMatchObject({ code: 'HUB_SCHEMA_INCOMPATIBLE' });
    expect(await readdir(join(folder, 'a'))).toEqual(files);
    await fetch(`${registryUrl}/subjects/${subject}`, { method: 'DELETE' });
  });

  test('what a new registry says replaces what was kept', async () => {
    const source = { register: async () => 7, find: async () => '"string"' };
    const at = { folder: join(folder, 'b'), logger, clock };
    await new KeptSchemas(source, at).register('s', '"int"');
    await new KeptSchemas({ ...source, register: async () => 8 }, at).register('s', '"int"');
    registry.isAway = true;
    expect(await new KeptSchemas(registry, at).register('s', '"int"')).toBe(8);
  });

  test('a folder that cannot be written is a warning, not an outage', async () => {
    const file = join(folder, 'no-folder');
    await writeFile(file, '');
    const at = { folder: file, logger, clock };
    const registered = new KeptSchemas(new Switched(), at).register(DRIFT, AVRO_SCHEMAS[DRIFT]);
    expect(await registered).toBeGreaterThan(0);
    expect(warnings).toEqual(['kept schema cannot be read', 'kept schema cannot be written']);
  });

  test('a silent address fails in time without a folder, and each registry has a folder of its own', async () => {
    await expect(openSchemas({ registryUrl: 'http://127.0.0.1:1' }, logger).find(1)).rejects.toMatchObject(away);
    const schemaFolder = join(folder, 'c');
    await openSchemas({ registryUrl, schemaFolder }, logger).register(DRIFT, AVRO_SCHEMAS[DRIFT]);
    await expect(
      openSchemas({ registryUrl: 'http://127.0.0.1:1', schemaFolder }, logger).register(DRIFT, AVRO_SCHEMAS[DRIFT]),
    ).rejects.toMatchObject(away);
  });

  test('spacing makes no new id', async () => {
    const spaced = JSON.stringify(JSON.parse(AVRO_SCHEMAS[DRIFT]), null, 2);
    expect(await kept.register(DRIFT, spaced)).toBe(await kept.register(DRIFT, AVRO_SCHEMAS[DRIFT]));
  });
});
