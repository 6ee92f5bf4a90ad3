import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadHubFile } from '#config';
import type { PlanReport, SystemMode } from '#contracts';
import { topicsOf, type HubFile } from '#hub-file';
import { KafkaTopics } from '#messaging-kafka';
import { ownLanes } from '#replay';
import { Database } from '#store-postgres';
import { HubProcesses, type HubProcessesOptions, type ServerAddresses } from './hub-processes.js';
import { reservePorts } from './reserve-ports.js';

/** What a scratch hub is made of. */
export interface ScratchHubOptions {
  readonly root: string;
  readonly folder: string;
  readonly servers: ServerAddresses;
  /** Text of the hub file from `systems:` on; `hub:` is added. */
  readonly systems: string;
  /** Variables that the hub file refers to. */
  readonly environment: Readonly<Record<string, string>>;
  readonly partitions?: number;
  readonly logLevel?: string;
  readonly nodeArguments?: readonly string[];
}

/** A hub of its own on shared servers: own database, own topics, own ports; nothing is left after `drop`. */
export class ScratchHub {
  readonly file: HubFile;
  readonly processes: HubProcesses;
  readonly databaseUrl: string;

  private constructor(
    made: Pick<ScratchHub, 'file' | 'processes' | 'databaseUrl'>,
    private readonly options: ScratchHubOptions,
    private readonly topics: KafkaTopics,
  ) {
    this.file = made.file;
    this.processes = made.processes;
    this.databaseUrl = made.databaseUrl;
  }

  /** Writes the hub file and creates database and topics; starts nothing. @throws HubError HUB_FILE_INVALID */
  static async create(options: ScratchHubOptions): Promise<ScratchHub> {
    const name = `scratch-${randomBytes(4).toString('hex')}`;
    const port = await reservePorts(20);
    const text = `hub: { name: ${name}, topicPrefix: '${name}.', port: ${port}, partitions: ${options.partitions ?? 4} }\n${options.systems}`;
    mkdirSync(options.folder, { recursive: true });
    const hubFile = join(options.folder, 'plumbline.yaml');
    writeFileSync(hubFile, text);
    const file = loadHubFile(hubFile, { env: options.environment });
    const databaseUrl = await createDatabase(options.servers.DATABASE_URL, name);
    const topics = new KafkaTopics({ brokers: options.servers.KAFKA_BROKERS.split(','), clientId: 'scratch-hub' });
    await topics.ensure(topicsOf(file));
    const processes = new HubProcesses(processOptions(options, { hubFile, port, databaseUrl, file }));
    return new ScratchHub({ file, processes, databaseUrl }, options, topics);
  }

  /** Brings a system into the mode, waiting until it may be. */
  async setMode(system: string, mode: SystemMode, timeoutMs = 60_000): Promise<void> {
    const endsAt = Date.now() + timeoutMs;
    for (;;) {
      const plan = await this.processes.call<PlanReport>(`connector-${system}`, '/plan');
      if (mode === 'observe' || plan.writeAllowed) break;
      if (Date.now() > endsAt) throw new Error(`${system} can't go to write: ${plan.why}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    await this.processes.call(`connector-${system}`, '/mode', { mode, actor: 'scratch-hub' });
  }

  /** Stops the processes and deletes database and topics. */
  async drop(): Promise<void> {
    await this.processes.stopAll();
    await this.topics.deleteTopics([...topicsOf(this.file).map(({ name }) => name), ...ownLanes(this.file)]);
    await this.topics.close();
    await dropDatabase(this.options.servers.DATABASE_URL, this.databaseUrl);
  }
}

function processOptions(
  { root, folder, servers, environment, logLevel, nodeArguments }: ScratchHubOptions,
  made: { readonly hubFile: string; readonly port: number; readonly databaseUrl: string; readonly file: HubFile },
): HubProcessesOptions {
  return {
    root,
    folder,
    hubFile: made.hubFile,
    port: made.port,
    systems: made.file.systems.map(({ id, connector }) => ({ id, connector })),
    servers: { ...servers, DATABASE_URL: made.databaseUrl },
    token: randomBytes(24).toString('base64url'),
    environment,
    ...(logLevel !== undefined && { logLevel }),
    ...(nodeArguments && { nodeArguments }),
  };
}

/** Creates an empty database beside the given one. @returns its address */
export async function createDatabase(serverUrl: string, name: string): Promise<string> {
  await onServer(serverUrl, `CREATE DATABASE "${name}" TEMPLATE template0 ENCODING 'UTF8'`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

/** Deletes a database that {@link createDatabase} made. */
export async function dropDatabase(serverUrl: string, url: string): Promise<void> {
  await onServer(serverUrl, `DROP DATABASE IF EXISTS "${new URL(url).pathname.slice(1)}" WITH (FORCE)`);
}

async function onServer(serverUrl: string, statement: string): Promise<void> {
  const database = await Database.connect(
    { url: serverUrl, schema: 'public', applicationName: 'scratch', poolSize: 1 },
    [],
  );
  await database.query(statement);
  await database.close();
}
