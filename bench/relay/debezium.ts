import { usageOf } from '#hub-runner';
import type { Database } from '#store-postgres';
import { untilTrue, type Contestant } from './contestant.js';
import { appendToDebezium, DEBEZIUM_HEADERS, DEBEZIUM_TABLE } from './events.js';

/** Settings in which the two configurations differ; Debezium's own defaults, and the best that we know. */
export const DEBEZIUM_CONFIGURATIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'debezium default': {},
  'debezium tuned': {
    'poll.interval.ms': '5',
    'max.batch.size': '8192',
    'max.queue.size': '32768',
    'producer.override.linger.ms': '5',
    'producer.override.batch.size': '262144',
    'producer.override.max.in.flight.requests.per.connection': '5',
    'producer.override.enable.idempotence': 'true',
  },
};

/** Where Debezium finds its database, and how to reach its worker. */
export interface DebeziumPlace {
  readonly url: string;
  readonly pid: number;
  readonly databaseUrl: string;
  readonly database: Database;
}

/** Creates Debezium's outbox and what its connectors read from. */
export async function createDebeziumOutbox(database: Database): Promise<void> {
  await database.query(DEBEZIUM_TABLE);
  await database.query(`CREATE PUBLICATION debezium FOR TABLE debezium_outbox WITH (publish = 'insert')`);
}

/** Debezium's outbox router in one configuration. Each turn has a connector and a slot of its own, made before the rows. */
export class Debezium implements Contestant {
  readonly append = appendToDebezium;
  private turn = 0;

  constructor(
    readonly name: string,
    private readonly place: DebeziumPlace,
  ) {}

  async prepare(topic: string): Promise<void> {
    this.turn += 1;
    await this.call('PUT', `/${this.connector}/config`, this.configOf(topic));
    await untilTrue(this.place.database, SLOT_IS('active'), [this.connector]);
    await this.call('PUT', `/${this.connector}/stop`);
    await untilTrue(this.place.database, SLOT_IS('NOT active'), [this.connector]);
  }

  async start(): Promise<void> {
    await this.call('PUT', `/${this.connector}/resume`);
  }

  async stop(): Promise<void> {
    await this.call('DELETE', `/${this.connector}`);
    await untilTrue(this.place.database, SLOT_IS('NOT active'), [this.connector]);
    await this.place.database.query('SELECT pg_drop_replication_slot($1)', [this.connector]);
    await this.place.database.query('TRUNCATE debezium_outbox');
  }

  usage(): ReturnType<typeof usageOf> {
    return usageOf(this.place.pid);
  }

  /** The worker is the stack's. */
  async close(): Promise<void> {}

  /** Also the name of its slot. */
  private get connector(): string {
    return `${this.name.replace(' ', '_')}_${this.turn}`;
  }

  private configOf(topic: string): Record<string, string> {
    const { hostname, port, username, password, pathname } = new URL(this.place.databaseUrl);
    return {
      'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
      'tasks.max': '1',
      'database.hostname': hostname,
      'database.port': port,
      'database.user': decodeURIComponent(username),
      'database.password': decodeURIComponent(password),
      'database.dbname': pathname.slice(1),
      'topic.prefix': this.connector,
      'plugin.name': 'pgoutput',
      'slot.name': this.connector,
      'publication.name': 'debezium',
      'publication.autocreate.mode': 'disabled',
      'table.include.list': 'bench.debezium_outbox',
      'snapshot.mode': 'no_data',
      'tombstones.on.delete': 'false',
      'extended.headers.enabled': 'false', // three headers more that nobody asked for
      transforms: 'outbox',
      'transforms.outbox.type': 'io.debezium.transforms.outbox.EventRouter',
      'transforms.outbox.route.topic.replacement': topic,
      'transforms.outbox.table.fields.additional.placement': DEBEZIUM_HEADERS,
      ...DEBEZIUM_CONFIGURATIONS[this.name],
    };
  }

  private async call(method: string, path: string, body?: unknown): Promise<void> {
    const response = await fetch(`${this.place.url}/connectors${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(60_000),
    });
    if (!response.ok) throw new Error(`Kafka Connect ${method} ${path}: ${response.status} ${await response.text()}`);
  }
}

/** True when the slot is there and in that state. */
const SLOT_IS = (state: string): string =>
  `SELECT coalesce(bool_and(${state}), false) AS done FROM pg_replication_slots WHERE slot_name = $1`;
