import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import kafkajs, { type Admin } from 'kafkajs';
import pg from 'pg';
import { schemaName } from '#hub-file';
import type { SystemId } from '#kernel';
import { HubProcesses, reservePorts } from '#hub-runner';
import { DEAD_LETTER_HEADERS } from '#messaging-kafka';
import { POISON, readTopic } from '../evidence.js';
import { sleep } from '../workload.js';
import type { Strike } from './strikes.js';
import { databaseOf, processesOf, topicsOf, type Complaint, type World } from './world.js';

const ERP = 'erp' as SystemId;
const JOINS = 3;

/** A second golden process joins and leaves, politely and not, so that the partitions change hands again and again. */
export const stormGroup: Strike = async (world) => {
  const second = await secondGolden(world);
  for (let turn = 0; turn < JOINS; turn += 1) {
    await world.workload.burst();
    await second.start('golden');
    await sleep(world.random.between(500, 2_000));
    await world.workload.burst();
    await second.stop('golden', turn % 2 === 0 ? 'SIGKILL' : 'SIGTERM');
    await sleep(world.random.between(500, 1_500));
  }
};

/** Another process of the same golden: the same hub file, but for the port of its API. */
export async function secondGolden(world: World): Promise<HubProcesses> {
  const { hub } = world.test;
  const { options } = hub.processes;
  const folder = join(options.folder, 'second');
  const port = await reservePorts(20);
  const processes = new HubProcesses({ ...options, folder, port, hubFile: join(folder, 'plumbline.yaml') });
  const text = readFileSync(options.hubFile, 'utf8');
  writeFileSync(join(folder, 'plumbline.yaml'), text.replace(`port: ${options.port}`, `port: ${port}`));
  return processes;
}

const JUNK: readonly Buffer[] = [
  Buffer.from('not Avro at all'),
  Buffer.from([0, 0x7f, 0xff, 0xff, 0xfe, 1, 2, 3]), // an id that the registry does not know
  Buffer.from([0]),
  Buffer.alloc(0),
];

/** Messages that no consumer can ever read, between those of the hub. */
export const poison: Strike = async (world) => {
  const topic = topicsOf(world).change(ERP, 'product');
  const producer = clientOf(world).producer();
  await producer.connect();
  for (const [index, value] of JUNK.entries()) {
    await world.workload.burst();
    const key = `${POISON}${randomBytes(4).toString('hex')}`;
    await producer.send({ topic, messages: [{ key, value }], acks: -1 });
    await sleep(world.random.between(100, 800) + index);
  }
  await producer.disconnect();
};

/** Each of them is a dead letter, with where it came from: none is skipped, and nothing else is parked. */
export async function findUnparked(world: World): Promise<Complaint[]> {
  const { test } = world;
  const topics = topicsOf(world);
  const sent = (await readTopic(test, topics.change(ERP, 'product'))).filter(({ key }) => key.startsWith(POISON));
  const letters = await readTopic(test, topics.deadLetter('golden'));
  const placeOf = (partition: unknown, offset: unknown): string => `${String(partition)}/${String(offset)}`;
  const parked = new Set(
    letters.map(({ headers }) => placeOf(headers[DEAD_LETTER_HEADERS.partition], headers[DEAD_LETTER_HEADERS.offset])),
  );
  const lost = sent.filter(({ partition, offset }) => !parked.has(placeOf(partition, offset)));
  const wrong = letters.filter(({ key }) => !key.startsWith(POISON));
  return [
    ...lost.map(({ key, partition, offset }) => {
      return { fault: 'unparked', key, detail: `offset ${offset} of partition ${partition} is no dead letter` };
    }),
    ...wrong.map(({ key }) => ({ fault: 'wrongly-parked', key, detail: 'a message of the hub is a dead letter' })),
  ];
}

const REFUSAL = 'HUB_DATABASE_OLD';
const REFUSED_MS = 30_000;
const POLICY = 'cleanup.policy';
/** Kafka's number for a setting that the topic itself has. */
const SET_ON_TOPIC = 1;

/**
 * Golden sleeps while its input is cut off above where it stands: it must stop and say so, and never go on at the next
 * message as if nothing had been lost. Nothing mends this, so it is the last cell of its hub.
 */
export function truncation(): { readonly strike: Strike; readonly after: (world: World) => Promise<Complaint[]> } {
  let [logged, stood, cutOff] = [0, 0n, 0n];
  const logOf = (world: World): Buffer => readFileSync(join(processesOf(world).options.folder, 'golden.log'));
  const strike: Strike = async (world) => {
    const { workload, supervisor, random } = world;
    const topic = topicsOf(world).change(ERP, 'product');
    supervisor.hold('golden');
    await supervisor.untilReady('golden');
    processesOf(world).signal('golden', 'SIGSTOP');
    await sleep(1_000);
    stood = await appliedTo(world, topic);
    await workload.burst();
    await sleep(random.between(3_000, 5_000));
    cutOff = (await deleteRecords(world, topic)) - stood;
    if (cutOff <= 0n) throw new Error('nothing was cut off that golden had not applied');
    logged = logOf(world).length;
    processesOf(world).signal('golden', 'SIGCONT');
    await workload.burst();
  };
  const after = async (world: World): Promise<Complaint[]> => {
    const endsAt = Date.now() + REFUSED_MS;
    while (processesOf(world).isAlive('golden') && Date.now() < endsAt) await sleep(200);
    const hasSaidSo = logOf(world).subarray(logged).includes(REFUSAL);
    const isAlive = processesOf(world).isAlive('golden');
    if (hasSaidSo && !isAlive) return [];
    const topic = topicsOf(world).change(ERP, 'product');
    const now = await appliedTo(world, topic);
    const what = isAlive ? 'runs on' : 'ended';
    const detail = `golden ${what} without ${REFUSAL}: it stood at ${stood}, ${cutOff} records above were cut off, it stands at ${now}`;
    return [{ fault: 'silent-skip', key: '', detail }];
  };
  return { strike, after };
}

/** Sum of golden's positions in a topic. */
async function appliedTo(world: World, topic: string): Promise<bigint> {
  const client = new pg.Client({ connectionString: databaseOf(world) });
  await client.connect();
  try {
    const schema = schemaName(world.test.hub.file, 'golden');
    const text = `SELECT coalesce(sum(next_offset), 0)::text AS sum FROM "${schema}".applied_offset WHERE topic = $1`;
    const { rows } = await client.query<{ readonly sum: string }>(text, [topic]);
    return BigInt(rows[0]?.sum ?? 0);
  } finally {
    await client.end();
  }
}

/** Deletes all records of a topic, as somebody with rights and no idea would. @returns the sum of its ends */
async function deleteRecords(world: World, topic: string): Promise<bigint> {
  const admin = clientOf(world).admin();
  await admin.connect();
  try {
    // It also has kafkajs load the topic's metadata, without which it refuses to delete.
    const ends = await admin.fetchTopicOffsets(topic);
    const partitions = ends.map(({ partition, high }) => ({ partition, offset: high }));
    const heal = await allowDeletion(admin, topic);
    await admin.deleteTopicRecords({ topic, partitions });
    await heal();
    return ends.reduce((sum, { high }) => sum + BigInt(high), 0n);
  } finally {
    await admin.disconnect();
  }
}

/** The broker deletes nothing of a topic that is only compacted. @returns what puts the topic's settings back */
async function allowDeletion(admin: Admin, topic: string): Promise<() => Promise<unknown>> {
  const type = kafkajs.ConfigResourceTypes.TOPIC;
  const { resources } = await admin.describeConfigs({ resources: [{ type, name: topic }], includeSynonyms: false });
  const own = (resources[0]?.configEntries ?? []).filter(({ configSource }) => Number(configSource) === SET_ON_TOPIC);
  const settings = own.map(({ configName, configValue }) => ({ name: configName, value: configValue }));
  const alter = (configEntries: typeof settings): Promise<unknown> =>
    admin.alterConfigs({ validateOnly: false, resources: [{ type, name: topic, configEntries }] });
  await alter([...settings.filter(({ name }) => name !== POLICY), { name: POLICY, value: 'compact,delete' }]);
  return () => alter(settings);
}

function clientOf({ stack }: World): kafkajs.Kafka {
  const brokers = stack.direct.KAFKA_BROKERS.split(',');
  return new kafkajs.Kafka({ clientId: 'plumbline-nemesis', brokers, logLevel: kafkajs.logLevel.NOTHING });
}
