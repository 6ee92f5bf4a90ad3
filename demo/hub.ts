import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Hold, PlanReport, SystemStatus } from '#contracts';
import { parseHubFile, topicsOf, type HubFile } from '#hub-file';
import { createDatabase, HubProcesses, reservePorts, type ServerAddresses } from '#hub-runner';
import { ownLanes } from '#replay';
import { Cli } from './cli.js';
import type { RunFile } from './run-file.js';

/** What the demo's hub is made of. */
export interface DemoHubOptions {
  readonly root: string;
  readonly folder: string;
  readonly servers: ServerAddresses;
  /** Hub file in this folder. */
  readonly hubFile: string;
  /** Addresses of the business stores, as the hub file names them. */
  readonly environment: Readonly<Record<string, string>>;
  readonly runFile: RunFile;
}

/** `plumbline up` for the hub file of the demo, with a database and topics of its own. */
export class DemoHub {
  readonly cli: Cli;
  private readonly processes: HubProcesses;

  private constructor(
    options: DemoHubOptions,
    readonly file: HubFile,
    /** What a shell needs so that `plumbline` finds this hub. */
    readonly variables: Readonly<Record<string, string>>,
  ) {
    const { root, folder, servers, environment } = options;
    this.cli = new Cli(root, variables);
    this.processes = new HubProcesses({
      ...{ root, folder, environment, logLevel: 'warn' },
      hubFile: variables['PLUMBLINE_HUB_FILE'] ?? '',
      port: file.hub.port,
      systems: file.systems.map(({ id, connector }) => ({ id, connector })),
      servers: { ...servers, DATABASE_URL: variables['DATABASE_URL'] ?? '' },
      token: variables['PLUMBLINE_TOKEN'] ?? '',
    });
  }

  /** Writes the hub file of this run and creates the hub's database; starts nothing. */
  static async create(options: DemoHubOptions): Promise<DemoHub> {
    const { folder, servers, environment, runFile } = options;
    const run = randomBytes(3).toString('hex');
    const template = readFileSync(join(import.meta.dirname, options.hubFile), 'utf8');
    const hub = `hub: { name: demo, topicPrefix: 'demo-${run}.', port: ${await reservePorts(20)}, partitions: 4 }`;
    const text = template.replace(/^hub:.*$/m, hub);
    const parsed = parseHubFile(text, { env: environment });
    if ('problems' in parsed) throw new Error(`demo/${options.hubFile} is wrong: ${JSON.stringify(parsed.problems)}`);
    rmSync(join(folder, 'data'), { recursive: true, force: true });
    rmSync(join(folder, 'all-in-one.log'), { force: true });
    mkdirSync(folder, { recursive: true });
    const hubFile = join(folder, 'plumbline.yaml');
    writeFileSync(hubFile, text);
    const databaseUrl = await createDatabase(servers.DATABASE_URL, `demo_hub_${run}`);
    runFile.note({
      databases: [databaseUrl],
      topics: [...topicsOf(parsed.file).map(({ name }) => name), ...ownLanes(parsed.file)],
    });
    const variables = {
      ...servers,
      ...environment,
      DATABASE_URL: databaseUrl,
      PLUMBLINE_HUB_FILE: hubFile,
      PLUMBLINE_TOKEN: randomBytes(24).toString('base64url'),
      PLUMBLINE_DATA_DIR: join(folder, 'data'),
    };
    return new DemoHub(options, parsed.file, variables);
  }

  start(): Promise<void> {
    return this.processes.start('all-in-one');
  }

  /** Where the admin page is, and how to sign in, null until that was told: its password was printed once, when it started first. */
  get page(): { readonly url: string; readonly signIn: string | null } {
    const log = readFileSync(join(this.processes.options.folder, 'all-in-one.log'), 'utf8');
    const signIn = /First admin: (\S+), password: (\S+) /.exec(log);
    return { url: this.processes.urlOf('admin'), signIn: signIn ? `${signIn[1]}, ${signIn[2]}` : null };
  }

  async stop(): Promise<void> {
    this.cli.killAll();
    await this.processes.stopAll();
  }

  /** Ends the hub as a power failure would; {@link start} brings it back. */
  async kill(): Promise<void> {
    await this.processes.stop('all-in-one', 'SIGKILL');
  }

  get isAlive(): boolean {
    return this.processes.isAlive('all-in-one');
  }

  /** Asks golden's HTTP API. */
  golden<T>(path: string): Promise<T> {
    return this.processes.call('golden', path);
  }

  /** Asks the reconciler's HTTP API. */
  reconciler<T>(path: string): Promise<T> {
    return this.processes.call('reconciler', path);
  }

  systemStatus(system: string): Promise<SystemStatus> {
    return this.processes.call(`connector-${system}`, '/status');
  }

  /** How the shop differs from what the hub would make of it. */
  shopPlan(): Promise<PlanReport> {
    return this.processes.call('connector-shop', '/plan');
  }

  /** Open holds of both kinds. */
  async openHolds(): Promise<Hold[]> {
    const path = '/holds?state=open';
    return [...(await this.golden<Hold[]>(path)), ...(await this.reconciler<Hold[]>(path))];
  }
}
