import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, jest, test } from '@jest/globals';
import type { GoldenEvent } from '#contracts';
import { parseHubFile } from '#hub-file';
import { AvroCodec, EventCodec, KafkaEventPublisher, KafkaTopics, SchemaRegistry } from '#messaging-kafka';
import { encodeHeaders } from '#outbox';
import type { BusinessKey, Instant, SystemId } from '#kernel';
import { serverAddresses, unique } from '../harness/servers.js';

jest.setTimeout(60_000);
const root = join(import.meta.dirname, '../..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const { kafkaBrokers, registryUrl } = serverAddresses();
const connection = { brokers: kafkaBrokers, clientId: 'readme-test' };
const topics = new KafkaTopics(connection);
const publisher = new KafkaEventPublisher(connection);
const topic = `${unique('readme')}.golden.product.v1`;

afterAll(async () => {
  await publisher.close();
  await topics.deleteTopics([topic]);
  await topics.close();
});

const codeOf = (path: string): string => readFileSync(join(root, path), 'utf8').trim();

test('the README shows the examples as they are', () => {
  expect(readme).toContain(codeOf('examples/consume-a-topic/consume.mjs'));
  expect(readme).toContain(codeOf('examples/two-databases/plumbline.yaml'));
});

test('the hub file of the README is right', () => {
  const env = { ERP_URL: 'postgres://r@h/erp', SHOP_URL: 'postgres://r@h/shop' };
  expect(parseHubFile(codeOf('examples/two-databases/plumbline.yaml'), { env })).toHaveProperty('file');
});

test('every file that the README names exists', () => {
  const paths = [...readme.matchAll(/[`(]((?:docs|examples|test|models|libs|connectors|demo)\/[\w./-]+)[`)]/g)];
  const missing = paths.map(([, path]) => path as string).filter((path) => !existsSync(join(root, path)));
  expect(missing).toEqual([]);
});

test('ten lines of Node consume a golden topic', async () => {
  await topics.ensure([{ name: topic, kind: 'golden', partitions: 1 }]);
  const codec = new AvroCodec(new SchemaRegistry({ url: registryUrl }));
  await codec.ensureSchemas();
  const value = new EventCodec(codec).encodeGolden(aProduct());
  await publisher.publish([{ sequence: 1n, topics: [topic], key: 'A-1', value, headers: encodeHeaders({}) }]);
  expect(await firstLine()).toMatch(/A-1 1 live .*Schraube.* fields: name/);
});

function aProduct(): GoldenEvent {
  return {
    entity: 'product',
    key: 'A-1' as BusinessKey,
    version: 1n,
    sequence: 1n,
    status: 'live',
    policyVersion: 1,
    changedAt: '2026-11-23T04:05:06.000000Z' as Instant,
    merged: [],
    fields: { name: { de: 'Schraube' } },
    origins: { name: { system: 'pim' as SystemId, at: null, rule: 'owner' } },
  };
}

/** What the example prints of the first message. */
function firstLine(): Promise<string> {
  const child = spawn(process.execPath, [join(root, 'examples/consume-a-topic/consume.mjs')], {
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      KAFKA_BROKERS: kafkaBrokers.join(','),
      REGISTRY_URL: registryUrl,
      TOPIC: topic,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the example ended with ${code}`)));
    child.stdout.once('data', (chunk: Buffer) => {
      child.removeAllListeners('exit');
      child.kill();
      resolve(chunk.toString());
    });
  });
}
