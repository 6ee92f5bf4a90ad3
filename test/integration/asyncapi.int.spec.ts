import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Parser, type ParseOutput, type SchemaParser } from '@asyncapi/parser';
import { beforeAll, describe, expect, test } from '@jest/globals';
import avsc, { type Schema } from 'avsc';
import { parseHubFile } from '#hub-file';
import { hubAsyncApi, sampleConsumers } from '../../apps/admin/hub-asyncapi.js';

const text = readFileSync(join(import.meta.dirname, '../../docs/asyncapi.yaml'), 'utf8');

/** The parser leaves payloads in Avro to a plug-in; this one asks avsc. */
const avroSchemas: SchemaParser = {
  getMimeTypes: () => ['application/vnd.apache.avro;version=1.9.0'],
  parse: ({ data }) => data as never,
  validate({ data, path }) {
    try {
      avsc.Type.forSchema(data as Schema);
      return [];
    } catch (error) {
      return [{ message: (error as Error).message, path: [...path] }];
    }
  },
};

function parse(source: string): Promise<ParseOutput> {
  const parser = new Parser();
  parser.registerSchemaParser(avroSchemas);
  return parser.parse(source);
}

function errorsOf({ diagnostics }: ParseOutput): string[] {
  return diagnostics.filter(({ severity }) => (severity as number) === 0).map(({ message }) => message);
}

describe('docs/asyncapi.yaml', () => {
  let parsed: ParseOutput;
  beforeAll(async () => {
    parsed = await parse(text);
  });

  test('is valid by the official parser, with every payload valid by avsc', () => {
    expect(errorsOf(parsed)).toEqual([]);
    expect(parsed.document?.version()).toBe('3.0.0');
  });

  test('has every kind of topic, each with one message', () => {
    const channels = parsed.document?.channels().all() ?? [];
    const addresses = channels.map((channel) => channel.address());
    const some = ['golden.product.v1', 'golden.price.history.v1', '{system}.price.changed.v1', 'hub.audit.v1'];
    expect(addresses).toEqual(expect.arrayContaining([...some, 'hub.drift.v1', '{consumer}.dead-letter.v1']));
    expect(channels).toHaveLength(15);
    for (const channel of channels) expect(channel.messages().all()).toHaveLength(1);
  });

  test.each([
    ['a payload that is no Avro', 'type: record', 'type: nonsense'],
    ['a reference to nothing', '$ref: "#/channels/drift"', '$ref: "#/channels/nothing"'],
    ['a policy of clean-up that is none', '- compact', '- never'],
  ])('would not pass with %s', async (_what, right, wrong) => {
    const quoted = text.replaceAll("'", '"');
    expect(quoted).toContain(right);
    expect(errorsOf(await parse(quoted.replace(right, wrong)))).not.toEqual([]);
  });
});

describe('the document of a hub', () => {
  const example = readFileSync(join(import.meta.dirname, '../../examples/two-databases/plumbline.yaml'), 'utf8');
  const read = parseHubFile(example.replace(/^hub:.*$/m, 'hub: { name: shop, topicPrefix: eu.shop. }'), {
    env: { ERP_URL: 'postgres://r@h/erp', SHOP_URL: 'postgres://r@h/shop' },
  });
  if (!('file' in read)) throw new Error(`the example is wrong: ${JSON.stringify(read.problems)}`);
  const hubFile = read.file;

  test('is valid, and names its own topics, systems and brokers', async () => {
    const parsed = await parse(hubAsyncApi(hubFile, ['broker-1:9092', 'broker-2:9092']));
    expect(errorsOf(parsed)).toEqual([]);
    const channels = parsed.document?.channels().all() ?? [];
    expect(channels.every((channel) => channel.address()?.startsWith('eu.shop.'))).toBe(true);
    const hosts = parsed.document
      ?.servers()
      .all()
      .map((server) => server.host());
    expect(hosts).toEqual(['broker-1:9092', 'broker-2:9092']);
    const changes = channels.find((channel) => channel.address() === 'eu.shop.{system}.product.changed.v1');
    const json = changes?.json<{ readonly parameters: Readonly<Record<string, object>> }>();
    expect(json?.parameters['system']).toMatchObject({ enum: ['erp', 'shop', 'hub'] });
  });

  test('sample consumers are those of the examples, for the topic that is asked for', () => {
    const samples = sampleConsumers('eu.shop.golden.price.v1');
    expect(samples.map(({ language }) => language)).toEqual(['Node', 'Python', 'Java', 'PHP']);
    for (const { file, code } of samples) {
      const source = readFileSync(join(import.meta.dirname, '../../examples/consume-a-topic', file), 'utf8');
      expect(code).toBe(source.replaceAll('golden.product.v1', 'eu.shop.golden.price.v1'));
      expect(code).toContain('eu.shop.golden.price.v1');
    }
  });
});
