import { randomBytes } from 'node:crypto';
import { createDatabase, dropDatabase } from '#hub-runner';
import {
  AvroCodec,
  EventCodec,
  KafkaGroups,
  KafkaTopics,
  SchemaRegistry,
  type KafkaConnection,
} from '#messaging-kafka';
import { laneName } from '#replay';
import { fillTopic } from '../consumer/workload.js';
import { spread, type BenchArguments, type BenchResult, type Goal } from '../report.js';
import { startServers } from '../stack.js';
import { checkLane, type LaneCheck } from './lane-check.js';
import { playReplay, type ReplayFigures } from './replay-turn.js';

const PARTITIONS = 4;
const SYSTEM = 'erp';

interface Run extends ReplayFigures, LaneCheck {
  readonly round: number;
  /** Offsets of other groups, and ends of other topics, that are not what they were. */
  readonly touched: number;
}

/**
 * Change events of one hub topic (default 1,000,000) into the private lane of a consumer group, by `plumbline replay`, with a
 * kill -9 when half is done and `plumbline replay resume` after it; then the lane is compared with the topic byte for byte.
 */
export async function replay(given: BenchArguments): Promise<BenchResult> {
  const servers = await startServers();
  const connection = { brokers: servers.KAFKA_BROKERS.split(','), clientId: 'bench-replay' };
  const databaseUrl = await createDatabase(servers.DATABASE_URL, `bench_replay_${randomBytes(4).toString('hex')}`);
  const runs: Run[] = [];
  try {
    const codec = new AvroCodec(new SchemaRegistry({ url: servers.REGISTRY_URL }));
    await codec.ensureSchemas();
    for (let round = 1; round <= given.rounds; round += 1) {
      console.log(`round ${round} of ${given.rounds}: ${given.size} messages`);
      const place = new Place(connection, `bench-${randomBytes(4).toString('hex')}.`);
      try {
        await place.fill(new EventCodec(codec), given.size);
        runs.push(await playOnce(place, { ...servers, DATABASE_URL: databaseUrl }, { round, size: given.size }));
      } finally {
        await place.drop();
      }
      console.log(JSON.stringify(runs.at(-1)));
    }
    return { goals: toGoals(runs), runs: runs.map((run) => ({ ...run })) };
  } finally {
    await dropDatabase(servers.DATABASE_URL, databaseUrl);
  }
}

async function playOnce(
  place: Place,
  servers: Parameters<typeof playReplay>[0]['servers'],
  { round, size }: { readonly round: number; readonly size: number },
): Promise<Run> {
  const before = await place.state();
  const { prefix, topic, group } = place;
  const figures = await playReplay({ servers, prefix, system: SYSTEM, topic, group, killAt: Math.floor(size / 2) });
  const after = await place.state();
  const touched = [...before].filter(([name, value]) => after.get(name) !== value).length;
  return { round, ...figures, ...(await checkLane(place.connection, topic, place.lane)), touched };
}

/** The topics and groups of one round. */
class Place {
  readonly topic: string;
  readonly group: string;
  readonly lane: string;
  private readonly topics: KafkaTopics;

  constructor(
    readonly connection: KafkaConnection,
    readonly prefix: string,
  ) {
    this.topic = `${prefix}${SYSTEM}.product.changed.v1`;
    this.group = `${prefix}shop`;
    this.lane = laneName(prefix, this.group, this.topic);
    this.topics = new KafkaTopics(connection);
  }

  async fill(codec: EventCodec, count: number): Promise<void> {
    await this.topics.ensure([
      { name: this.topic, kind: 'change', partitions: PARTITIONS },
      { name: this.golden, kind: 'golden', partitions: PARTITIONS },
    ]);
    await fillTopic(this.connection, codec, { topic: this.topic, count });
    await KafkaGroups.during(this.connection, async (groups) => {
      for (const group of this.groups)
        await groups.commit(
          group,
          this.topic,
          new Map([
            [0, 5n],
            [1, 7n],
          ]),
        );
    });
  }

  /** Ends of the topics that a replay must not touch, and committed offsets of groups. */
  state(): Promise<Map<string, string>> {
    return KafkaGroups.during(this.connection, async (groups) => {
      const state = new Map<string, string>();
      for (const topic of [this.topic, this.golden])
        state.set(topic, [...(await this.topics.endOffsets(topic))].sort().join(' '));
      for (const group of this.groups)
        state.set(group, [...(await groups.committed(group, this.topic))].sort().join(' '));
      return state;
    });
  }

  async drop(): Promise<void> {
    await this.topics.deleteTopics([this.topic, this.golden, this.lane]);
    await this.topics.close();
  }

  private get golden(): string {
    return `${this.prefix}golden.product.v1`;
  }

  private get groups(): readonly string[] {
    return [this.group, `${this.prefix}other`];
  }
}

function toGoals(runs: readonly Run[]): Goal[] {
  const zero = (name: 'lost' | 'out_of_order' | 'altered' | 'touched'): Goal => {
    const value = Math.max(...runs.map((run) => run[name]));
    return { name, value, goal: '= 0', met: value === 0 };
  };
  const shown = ['wall_s', 'messages_per_s', 'rss_mib', 'repeated'] as const;
  for (const name of shown) console.log(JSON.stringify({ [name]: spread(runs.map((run) => run[name])) }));
  return [zero('lost'), zero('out_of_order'), zero('altered'), zero('touched')];
}
