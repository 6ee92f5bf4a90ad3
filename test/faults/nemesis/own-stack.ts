import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { reservePorts, type ServerAddresses } from '#hub-runner';
import { Toxiproxy, type ToxicProxy } from '../../harness/toxiproxy.js';
import { FAULTS_FOLDER, ROOT } from '../servers.js';
import { atExit } from './at-exit.js';
import { SmallDisk } from './small-disk.js';

/** A server of the stack. */
export type ServerName = 'kafka' | 'postgres' | 'registry' | 'valkey';

const VARIABLES = { kafka: 'KAFKA_BROKERS', postgres: 'DATABASE_URL', registry: 'REGISTRY_URL', valkey: 'REDIS_URL' };
const SERVERS = Object.keys(VARIABLES) as ServerName[];
const DISKS_MIB = { kafka: 700, postgres: 2_500 };
const TIMEOUT_MS = 5_000;

/**
 * Servers that belong to one run, because they are killed, and a toxiproxy in front of each. They are started by the stack's
 * launcher in a folder of their own; what a run that was killed has left there is removed first.
 */
export class OwnStack {
  /** Of the servers themselves: for the run, which must see what the hub cannot. */
  readonly direct: ServerAddresses;
  /** Of the proxies: for the hub. */
  readonly proxied: ServerAddresses;

  private constructor(
    direct: ServerAddresses,
    readonly links: Readonly<Record<ServerName, ToxicProxy>>,
    /** Null where this account may not mount. */
    readonly disks: Readonly<Record<'kafka' | 'postgres', SmallDisk | null>>,
    private readonly launcher: Launcher,
  ) {
    this.direct = direct;
    this.proxied = through(direct, links);
  }

  static async start(folder = join(FAULTS_FOLDER, 'stack')): Promise<OwnStack> {
    const port = await reservePorts(2);
    const launcher = new Launcher(folder, port);
    await launcher.clear();
    launcher.callOff = atExit(() => launcher.abandon());
    const disks = {
      kafka: await SmallDisk.mount(launcher.dataOf('kafka'), DISKS_MIB.kafka),
      postgres: await SmallDisk.mount(launcher.dataOf('postgres'), DISKS_MIB.postgres),
    };
    const { TOXIPROXY_URL, ...direct } = await launcher.up();
    const toxiproxy = new Toxiproxy(TOXIPROXY_URL);
    const upstreams = { ...hostsOf(direct), kafka: `127.0.0.1:${port}` };
    const links = {} as Record<ServerName, ToxicProxy>;
    for (const server of SERVERS)
      links[server] = await toxiproxy.proxy(server, upstreams[server], server === 'kafka' ? port + 1 : 0);
    return new OwnStack(direct, links, disks, launcher);
  }

  /** `kill -9` of one server. */
  kill(server: ServerName): void {
    process.kill(this.launcher.pidOf(server), 'SIGKILL');
  }

  isAlive(server: ServerName): boolean {
    return existsSync(`/proc/${this.launcher.pidOf(server)}`);
  }

  /** Starts every server that does not run, and waits until it is ready. */
  async startAgain(): Promise<void> {
    await this.launcher.up();
  }

  /** One command to Valkey, past the proxy. @returns its answer as it came */
  async askValkey(command: string): Promise<string> {
    const { hostname, port } = new URL(this.direct.REDIS_URL);
    const socket = connect({ host: hostname, port: Number(port) });
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error('Valkey does not answer')));
    socket.write(`${command}\r\n`);
    try {
      for await (const chunk of socket) return String(chunk);
    } finally {
      socket.destroy();
    }
    throw new Error('Valkey closed the connection');
  }

  /** Stops the servers and deletes their data; downloads are kept. */
  async drop(): Promise<void> {
    await this.launcher.down();
    for (const disk of Object.values(this.disks)) await disk?.unmount();
    await this.launcher.clear();
    this.launcher.callOff();
  }
}

type Addresses = ServerAddresses & { readonly TOXIPROXY_URL: string };

class Launcher {
  /** Of {@link abandon}. */
  callOff: () => void = () => undefined;

  constructor(
    private readonly folder: string,
    /** Where Kafka waits for its proxy; the proxy has the port after it. */
    private readonly port: number,
  ) {}

  dataOf(server: ServerName): string {
    return join(this.folder, 'data', server);
  }

  pidOf(server: ServerName): number {
    return (JSON.parse(readFileSync(join(this.folder, `run/${server}.pid`), 'utf8')) as { readonly pid: number }).pid;
  }

  async up(): Promise<Addresses> {
    return JSON.parse(await this.launch('up', '--yes', '--json', '--systems', 'toxiproxy')) as Addresses;
  }

  async down(): Promise<void> {
    await this.launch('down');
  }

  async clear(): Promise<void> {
    await this.launch('down');
    for (const server of SERVERS) await SmallDisk.unmountLeftover(this.dataOf(server));
    await this.launch('reset', '--yes');
  }

  /** Stops the servers of a program that ends itself. What they wrote is removed by the next run. */
  abandon(): void {
    spawnSync(process.execPath, [join(ROOT, 'stack/stack.mjs'), 'down'], { env: this.environment() });
  }

  private async launch(...args: string[]): Promise<string> {
    const command = [join(ROOT, 'stack/stack.mjs'), ...args];
    return (await promisify(execFile)(process.execPath, command, { env: this.environment() })).stdout;
  }

  /** Addresses that were given to this run are of servers that others use, too. */
  private environment(): NodeJS.ProcessEnv {
    const shared = process.env['PLUMBLINE_STACK_DIR'] ?? join(ROOT, '.plumbline/stack');
    return {
      ...process.env,
      ...Object.fromEntries(Object.values(VARIABLES).map((name) => [name, ''])),
      PLUMBLINE_STACK_DIR: this.folder,
      PLUMBLINE_CACHE_DIR: process.env['PLUMBLINE_CACHE_DIR'] ?? join(shared, 'cache'),
      PLUMBLINE_KAFKA_PROXY: `${this.port}:${this.port + 1}`,
    };
  }
}

/** `host:port` of each server. */
function hostsOf(addresses: ServerAddresses): Record<ServerName, string> {
  const hostOf = (text: string): string => (text.includes('://') ? new URL(text).host : text);
  return {
    kafka: hostOf(addresses.KAFKA_BROKERS),
    postgres: hostOf(addresses.DATABASE_URL),
    registry: hostOf(addresses.REGISTRY_URL),
    valkey: hostOf(addresses.REDIS_URL),
  };
}

function through(direct: ServerAddresses, links: Readonly<Record<ServerName, ToxicProxy>>): ServerAddresses {
  return {
    KAFKA_BROKERS: links.kafka.address,
    DATABASE_URL: throughLink(direct.DATABASE_URL, links.postgres),
    REGISTRY_URL: throughLink(direct.REGISTRY_URL, links.registry),
    REDIS_URL: throughLink(direct.REDIS_URL, links.valkey),
  };
}

/** The same address, by way of a proxy. */
export function throughLink(address: string, link: Pick<ToxicProxy, 'address'>): string {
  const url = new URL(address);
  url.host = link.address;
  return url.href;
}
