import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import kafkajs from 'kafkajs';
import { systemClock } from '#kernel';
import { TopicReader, type TopicPage } from '#messaging-kafka';
import { eventually } from '#testing';
import { runCli } from '../../apps/cli/program.js';
import { HUB_FILE } from '../harness/cli-under-test.js';
import { GoldenUnderTest } from './golden-under-test.js';

const golden = new GoldenUnderTest();
const LONG = { timeoutMs: 30_000 };

describe('what no broker takes of an app, by command', () => {
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-parked-'));
  const file = join(folder, 'hub.yaml');
  const kafka = new kafkajs.Kafka({ brokers: [...golden.servers.kafkaBrokers], logLevel: kafkajs.logLevel.NOTHING });
  const admin = kafka.admin();
  beforeAll(async () => {
    writeFileSync(file, HUB_FILE);
    await admin.connect();
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await admin.disconnect();
  });

  const setLimit = (bytes: number): Promise<unknown> => {
    const configEntries = [{ name: 'max.message.bytes', value: String(bytes) }];
    const resource = { type: kafkajs.ConfigResourceTypes.TOPIC, name: golden.topic, configEntries };
    return admin.alterConfigs({ validateOnly: false, resources: [resource] });
  };
  const run = async (...args: string[]): Promise<{ code: number; out: string }> => {
    let out = '';
    const code = await runCli(['--file', file, ...args], {
      stdout: { write: (text: string) => (out += text) },
      stderr: { write: () => undefined },
      environment: { PLUMBLINE_TOKEN: golden.token, GOLDEN_URL: golden.url, PLUMBLINE_DATA_DIR: folder },
      ...{ clock: systemClock, ask: null },
    });
    return { code, out };
  };
  const keysOnTopic = async (): Promise<string[]> => {
    const keys: string[] = [];
    const reader = new TopicReader(golden.connection);
    const onPage = async ({ messages }: TopicPage): Promise<void> => void keys.push(...messages.map(({ key }) => key));
    await reader.readToEnd({ topic: golden.topic, from: new Map<number, bigint>(), onPage });
    await reader.close();
    return keys;
  };

  test('a refused event is shown with its reason, and is sent by release once that is gone', async () => {
    await setLimit(100);
    await golden.publish([{ key: 'P-1', sequence: 1n, at: 1, fields: { amount: '9' } }]);
    const parked = ['outbox', 'parked', '--app', 'golden'];
    await eventually(async () => expect((await run(...parked)).code).toBe(1), LONG);
    expect((await run(...parked)).out).toMatch(/golden: 1 parked\n.*\nP-1 +1 .*HUB_PAYLOAD_TOO_LARGE/);
    expect((await run('status')).out).toContain('plumbline outbox parked --app golden');
    expect(await keysOnTopic()).toEqual([]);

    await setLimit(1_000_000);
    const release = ['outbox', 'release', 'P-1', '--app', 'golden'];
    expect(await run(...release, '--plan')).toMatchObject({ code: 0, out: expect.stringContaining('P-1') });
    expect((await run(...parked)).code).toBe(1);
    expect(await run(...release, '--yes')).toMatchObject({ code: 0, out: expect.stringContaining('1 keys are sent') });
    await eventually(async () => expect(await keysOnTopic()).toEqual(['P-1']), LONG);
    expect(await run(...parked)).toEqual({ code: 0, out: 'No key is parked.\n' });
    expect(await run(...release, '--yes')).toMatchObject({ code: 1 });
  }, 90_000);

  test('a release of nothing, of too much or without a token is refused', async () => {
    const call = (body: unknown, token = golden.token): Promise<Response> =>
      fetch(`${golden.url}/outbox/parked/release`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    expect((await call({ keys: [], actor: 'ann' })).status).toBe(400);
    expect((await call({ keys: 'every', actor: 'ann' })).status).toBe(400);
    expect((await call({ keys: 'all' })).status).toBe(400);
    expect((await call({ keys: 'all', actor: 'ann' }, 'wrong')).status).toBe(401);
    expect(await (await call({ keys: 'all', actor: 'ann' })).json()).toEqual({ released: 0 });
  });
});
