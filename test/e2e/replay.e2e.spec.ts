import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { KafkaEventPublisher, KafkaGroups, KafkaTopics, TopicReader, type RawMessage } from '#messaging-kafka';
import { encodeHeaders } from '#outbox';
import { REPLAY_FAILPOINTS, REPLAY_HEADERS } from '#replay';
import { eventually } from '#testing';
import { createDatabase, serverAddresses, unique, type ScratchDatabase } from '../harness/servers.js';
import { productHubFile } from '../integration/product-hub.js';

const prefix = `${unique('rp').replace('_', '-')}.`;
const topic = `${prefix}golden.product.v1`;
const MESSAGES = 4_000;
const KEYS = 97;

const addresses = serverAddresses();
const connection = { brokers: addresses.kafkaBrokers, clientId: 'replay-e2e' };
const topics = new KafkaTopics(connection);
const publisher = new KafkaEventPublisher(connection);
const created: string[] = [topic];
let database: ScratchDatabase;
let folder: string;

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly result: Record<string, unknown> | null;
}

function plumbline(
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<Ended> & { child: ChildProcess } {
  const cli = join(import.meta.dirname, '../../dist/apps/cli/main.js');
  const child = spawn(process.execPath, [cli, ...args, '--json'], {
    env: {
      ...process.env,
      DATABASE_URL: database.url,
      KAFKA_BROKERS: addresses.kafkaBrokers.join(','),
      REGISTRY_URL: addresses.registryUrl,
      PLUMBLINE_HUB_FILE: join(folder, 'plumbline.yaml'),
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let out = '';
  child.stdout?.on('data', (text: Buffer) => (out += text.toString()));
  const ended = once(child, 'close').then(([code, signal]): Ended => {
    const result = out === '' ? null : (JSON.parse(out) as Record<string, unknown>);
    return { code: code as number | null, signal: signal as NodeJS.Signals | null, result };
  });
  return Object.assign(ended, { child });
}

/** A group that is known, and stands still: with offsets of its own that nobody may move. */
async function aGroup(name: string): Promise<{ readonly group: string; readonly lane: string }> {
  const group = `${prefix}${name}`;
  const groups = await KafkaGroups.open(connection);
  await groups.commit(group, topic, new Map([[0, 3n]]));
  await groups.close();
  const lane = `${prefix}lane.${name}.golden.product.v1`;
  created.push(lane);
  return { group, lane };
}

async function latest(): Promise<Record<string, unknown>> {
  const { result } = await plumbline(['replay', 'list']);
  return (result?.['replays'] as Record<string, unknown>[])[0] ?? {};
}

async function readAll(name: string): Promise<RawMessage[]> {
  const reader = new TopicReader(connection);
  const all: RawMessage[] = [];
  await reader.readToEnd({ topic: name, from: new Map(), onPage: async ({ messages }) => void all.push(...messages) });
  await reader.close();
  return all;
}

/** First occurrences of the lane, by key, as offsets of the topic; and how many messages came again. */
async function readLane(lane: string): Promise<{ readonly byKey: Map<string, string[]>; readonly repeated: number }> {
  const byKey = new Map<string, string[]>();
  const seen = new Set<string>();
  const messages = await readAll(lane);
  for (const { key, headers } of messages) {
    const place = `${headers[REPLAY_HEADERS.partition]}/${headers[REPLAY_HEADERS.offset]}`;
    if (seen.has(place)) continue;
    seen.add(place);
    byKey.set(key, [...(byKey.get(key) ?? []), place]);
  }
  return { byKey, repeated: messages.length - seen.size };
}

async function topicByKey(): Promise<Map<string, string[]>> {
  const byKey = new Map<string, string[]>();
  for (const { key, partition, offset } of await readAll(topic))
    byKey.set(key, [...(byKey.get(key) ?? []), `${partition}/${offset}`]);
  return byKey;
}

beforeAll(async () => {
  database = await createDatabase('replay_e2e');
  folder = mkdtempSync(join(tmpdir(), 'replay-e2e-'));
  writeFileSync(join(folder, 'plumbline.yaml'), productHubFile(prefix));
  await topics.ensure([{ name: topic, kind: 'golden', partitions: 3 }]);
  const rows = Array.from({ length: MESSAGES }, (_, at) => ({
    ...{ sequence: BigInt(at), topics: [topic], key: `P-${at % KEYS}`, value: Buffer.from(`v${at}`) },
    headers: encodeHeaders({ ce_id: String(at) }),
  }));
  await publisher.publish(rows);
});
afterAll(async () => {
  await topics.deleteTopics(created);
  await Promise.all([topics.close(), publisher.close()]);
  await database.drop();
  rmSync(folder, { recursive: true });
});

describe('plumbline replay', () => {
  test.each(REPLAY_FAILPOINTS)(
    'killed at %s it goes on complete and in order, and touches nobody else',
    async (failpoint) => {
      const { group, lane } = await aGroup(failpoint.replace(':', '-'));
      const ends = await topics.endOffsets(topic);
      const args = ['replay', topic, '--lane', group, '--execute', '--yes', '--rate', '4000', '--ramp-up', '0'];
      expect(await plumbline(args, { PLUMBLINE_FAILPOINT: failpoint })).toMatchObject({ signal: 'SIGKILL' });
      const { id } = await latest();
      expect(await plumbline(['replay', 'resume', String(id)])).toMatchObject({
        code: 0,
        result: { state: 'done', progress: { sent: MESSAGES, unreadable: 0 } },
      });
      const { byKey, repeated } = await readLane(lane);
      expect(byKey).toEqual(await topicByKey());
      expect(repeated > 0).toBe(failpoint === 'replay:sent');
      expect(await topics.endOffsets(topic)).toEqual(ends);
      expect(await topics.committedOffsets(group, topic)).toEqual(new Map([[0, 3n]]));
    },
    120_000,
  );

  test('is paused, resumed and aborted from other processes', async () => {
    const { group, lane } = await aGroup('slow');
    const slow = ['--rate', '80', '--ramp-up', '0'];
    const running = plumbline(['replay', topic, '--lane', group, '--execute', '--yes', ...slow]);
    await eventually(async () => expect((await latest())['state']).toBe('running'), { timeoutMs: 60_000 });
    const id = String((await latest())['id']);
    await eventually(async () => expect((await readAll(lane)).length).toBeGreaterThan(100), { timeoutMs: 60_000 });
    expect(await plumbline(['replay', 'pause', id])).toMatchObject({ code: 0, result: { state: 'paused' } });
    expect(await running).toMatchObject({ code: 1, result: { state: 'paused' } });
    const paused = (await readAll(lane)).length;
    expect(paused).toBeLessThan(MESSAGES);

    const again = plumbline(['replay', topic, '--lane', group, '--execute', '--yes']);
    expect(await again).toMatchObject({ code: 1, result: { error: { code: 'HUB_REPLAY_BUSY', details: { id } } } });

    const resumed = plumbline(['replay', 'resume', id]);
    await eventually(async () => expect((await readAll(lane)).length).toBeGreaterThan(paused), { timeoutMs: 60_000 });
    expect(await plumbline(['replay', 'abort', id])).toMatchObject({ code: 0, result: { state: 'aborted' } });
    expect(await resumed).toMatchObject({ code: 1, result: { state: 'aborted' } });
    expect((await readAll(lane)).length).toBeLessThan(MESSAGES);
    const refused = { code: 1, result: { error: { code: 'HUB_REPLAY_REFUSED' } } };
    expect(await plumbline(['replay', 'resume', id])).toMatchObject(refused);
    expect(await plumbline(['replay', 'pause', id])).toMatchObject(refused);
  }, 180_000);
});
