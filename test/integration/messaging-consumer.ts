import { noMetrics, silentLogger, type HubError } from '#kernel';
import {
  KafkaBatchServer,
  type AvroCodec,
  type BatchRoute,
  type DecodedMessage,
  type KafkaBatchOptions,
  type KafkaConnection,
} from '#messaging-kafka';
import { encodeHeaders, type OutboxRow } from '#outbox';
import { PostgresAppliedOffsets, PostgresHeldKeys, type Database } from '#store-postgres';

const DRIFT = 'io.plumbline.hub.v1.DriftRecorded';

/** Where a scripted consumer reads and what it writes to: a database with {@link EFFECT_TABLE}. */
export interface ScriptedConsumerOptions {
  readonly topic: string;
  readonly groupId: string;
  readonly deadLetterTopic: string;
  readonly connection: KafkaConnection;
  readonly codec: AvroCodec;
  readonly database: Database;
  readonly route?: Pick<BatchRoute, 'lanes' | 'holds'>;
  readonly tuning?: Pick<KafkaBatchOptions, 'batchSize' | 'sessionTimeoutMs' | 'maxBytesPerPartition' | 'replayLanes'>;
}

/** One row per message that took effect, in the order of the effects. */
export const EFFECT_TABLE = `
  CREATE TABLE effect (id bigint GENERATED ALWAYS AS IDENTITY, topic text, partition int, key text, number int)`;

/** The transport without Nest, and a handler that a test can hold up. */
export class ScriptedConsumer {
  readonly fatal: HubError[] = [];
  /** Runs before the effects of a call; throws to refuse them. */
  before: (messages: readonly DecodedMessage[]) => Promise<void> = () => Promise.resolve();
  running = 0;
  private server: KafkaBatchServer | null = null;

  constructor(private readonly options: ScriptedConsumerOptions) {}

  get state(): string {
    return this.server?.state ?? 'none';
  }

  async start(): Promise<void> {
    const { topic, database, route, tuning, ...rest } = this.options;
    this.server = new KafkaBatchServer({
      ...rest,
      ...tuning,
      routes: [{ topic, pattern: 'drift', ...route }],
      positions: new PostgresAppliedOffsets(database),
      heldKeys: new PostgresHeldKeys(database),
      onFatal: (error) => this.fatal.push(error),
      logger: silentLogger,
      metrics: noMetrics,
    });
    this.server.addHandler('drift', (messages: readonly DecodedMessage[]) => this.handle(messages), true);
    let failure: unknown;
    await this.server.listen((error) => (failure = error));
    if (failure) throw failure as Error;
  }

  async stop(): Promise<void> {
    await this.server?.close();
    this.server = null;
  }

  private async handle(messages: readonly DecodedMessage[]): Promise<void> {
    this.running += 1;
    try {
      await this.before(messages);
      if ((this.options.route?.lanes ?? 1) > 1) await writeEffects(this.options.database, messages);
      else await this.applyInOrder(messages);
    } finally {
      this.running -= 1;
    }
  }

  private async applyInOrder(messages: readonly DecodedMessage[]): Promise<void> {
    const [first] = messages;
    const last = messages.at(-1);
    if (!first || !last) return;
    const { topic, partition } = first;
    await this.options.database.transaction(async (sql) => {
      const offsets = new PostgresAppliedOffsets(sql);
      const next = await offsets.lock(topic, partition);
      await writeEffects(
        sql,
        messages.filter(({ offset }) => offset >= next),
      );
      await offsets.advance({ topic, partition, nextOffset: last.offset + 1n });
    });
  }
}

/** An effect that took place already is not repeated: handlers in lanes see messages again. */
export async function writeEffects(sql: Pick<Database, 'query'>, messages: readonly DecodedMessage[]): Promise<void> {
  const columns = [
    messages.map(({ topic }) => topic),
    messages.map(({ partition }) => partition),
    messages.map(({ key }) => key),
    messages.map(({ record }) => Number(record?.['runId'])),
  ];
  await sql.query(
    `INSERT INTO effect (topic, partition, key, number)
     SELECT topic, partition, key, number FROM unnest($1::text[], $2::int[], $3::text[], $4::int[])
       WITH ORDINALITY AS m (topic, partition, key, number, position)
     WHERE NOT EXISTS (SELECT FROM effect e WHERE e.topic = m.topic AND e.number = m.number) ORDER BY position`,
    columns,
  );
}

/** Message number `number` of a test's topic. */
export function aNumberedRow(codec: AvroCodec, topic: string, key: string, number: number): OutboxRow {
  const record = {
    ...{
      runId: String(number),
      system: 'erp',
      entity: 'price',
      externalId: '1',
      key: null,
      kind: 'changed',
      fields: [],
    },
    ...{ outcome: 'found', at: '2026-11-23T04:05:06.123456Z' },
  };
  const headers = encodeHeaders({ ce_id: String(number) });
  return { sequence: BigInt(number), topics: [topic], key, value: codec.encode(DRIFT, record), headers };
}

/** A promise that a test resolves. */
export class Gate {
  readonly opened: Promise<void>;
  private openNow: () => void = () => undefined;

  constructor() {
    this.opened = new Promise((resolve) => (this.openNow = resolve));
  }

  open(): void {
    this.openNow();
  }
}
