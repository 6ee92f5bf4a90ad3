import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { topicNames, type ReplayReport } from '#contracts';
import { ScratchHub } from '#hub-runner';
import { KafkaEventPublisher, KafkaGroups, KafkaTopics, TopicReader } from '#messaging-kafka';
import { encodeHeaders } from '#outbox';
import { laneName, REPLAY_HEADERS } from '#replay';
import { eventually } from '#testing';
import { ROOT } from '../faults/servers.js';
import { AdminSession } from './admin-session.js';
import { processAddresses } from './hub-under-test.js';

const MESSAGES = 3_000;
const KEYS = 31;
const SYSTEMS = `
systems:
  erp: { connector: sql, mode: observe, config: { url: x }, entities: { product: { source: p, key: [sku], fields: { brand: brand } } } }
survivorship: { product: { version: 1, create: [erp], owner: { erp: [brand] } } }
`;
const LONG = { timeoutMs: 60_000, intervalMs: 100 };

let hub: ScratchHub;
let folder: string;
let admin: AdminSession;

/** First occurrences by key, as places of the topic that they come from, in the order in which they lie there. */
async function readByKey(topic: string): Promise<Map<string, string[]>> {
  const reader = new TopicReader({ brokers: processAddresses().KAFKA_BROKERS.split(','), clientId: 'admin-replay' });
  const byKey = new Map<string, string[]>();
  const seen = new Set<string>();
  await reader.readToEnd({
    ...{ topic, from: new Map() },
    onPage: async ({ messages }) => {
      for (const { key, partition, offset, headers } of messages) {
        const origin = headers[REPLAY_HEADERS.partition];
        const place = origin === undefined ? `${partition}/${offset}` : `${origin}/${headers[REPLAY_HEADERS.offset]}`;
        if (!seen.has(place)) byKey.set(key, [...(byKey.get(key) ?? []), place]);
        seen.add(place);
      }
    },
  });
  await reader.close();
  return byKey;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'admin-replay-'));
  hub = await ScratchHub.create({
    ...{ root: ROOT, folder, servers: processAddresses(), systems: SYSTEMS, environment: {}, partitions: 2 },
  });
  await hub.processes.start('admin');
  admin = await AdminSession.open(hub, folder);
});
afterAll(async () => {
  await hub.drop();
  rmSync(folder, { recursive: true, force: true });
});

test('a replay started on the page goes on after kill -9, complete and in order, and touches nobody else', async () => {
  const connection = { brokers: processAddresses().KAFKA_BROKERS.split(','), clientId: 'admin-replay' };
  const { topicPrefix } = hub.file.hub;
  const topic = topicNames(topicPrefix).golden('product');
  const group = `${topicPrefix}search`;
  const lane = laneName(topicPrefix, group, topic);
  const publisher = new KafkaEventPublisher(connection);
  const topics = new KafkaTopics(connection);
  await publisher.publish(
    Array.from({ length: MESSAGES }, (_, at) => ({
      ...{ sequence: BigInt(at), topics: [topic], key: `P-${at % KEYS}`, value: Buffer.from(`v${at}`) },
      headers: encodeHeaders({ ce_id: String(at) }),
    })),
  );
  await KafkaGroups.during(connection, (groups) => groups.commit(group, topic, new Map([[0, 3n]])));
  const ends = await topics.endOffsets(topic);

  const to = { kind: 'lane', group };
  const { id } = await admin.ask<ReplayReport>('replays', { source: topic, to, perSecond: 500, rampSeconds: 0 });
  await eventually(
    async () => expect((await admin.ask<ReplayReport>(`replays/${id}`)).sent).toBeGreaterThan(500),
    LONG,
  );
  await hub.processes.stop('admin', 'SIGKILL');
  await hub.processes.start('admin');
  await eventually(async () => expect((await admin.ask<ReplayReport>(`replays/${id}`)).state).toBe('done'), LONG);

  expect(await admin.ask<ReplayReport>(`replays/${id}`)).toMatchObject({
    sent: MESSAGES,
    percent: 100,
    actor: 'web:admin',
  });
  expect(await readByKey(lane)).toEqual(await readByKey(topic));
  expect(await topics.endOffsets(topic)).toEqual(ends);
  expect(await topics.committedOffsets(group, topic)).toEqual(new Map([[0, 3n]]));
  await topics.deleteTopics([lane]);
  await Promise.all([topics.close(), publisher.close()]);
}, 240_000);
