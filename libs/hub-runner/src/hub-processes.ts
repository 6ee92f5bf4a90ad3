import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NODE_ENVIRONMENT, NODE_FLAGS } from '#config';

/** Addresses of the servers, by environment variable. */
export interface ServerAddresses {
  readonly KAFKA_BROKERS: string;
  readonly REGISTRY_URL: string;
  readonly DATABASE_URL: string;
  readonly REDIS_URL: string;
}

/** A process of the hub: an app, or the connector of a system. */
export type ServiceName =
  'admin' | 'golden' | 'reconciler' | 'notifier' | 'gateway' | 'indexer' | 'all-in-one' | `connector-${string}`;

/** How a hub's processes are started. */
export interface HubProcessesOptions {
  /** Folder of the built project: holds `dist/`. */
  readonly root: string;
  /** Folder for logs and working files. */
  readonly folder: string;
  readonly hubFile: string;
  /** First port of the hub file. */
  readonly port: number;
  /** Systems in the order of the hub file, with their connector kind. */
  readonly systems: readonly { readonly id: string; readonly connector: string }[];
  readonly servers: ServerAddresses;
  readonly token: string;
  /** More variables, for example those that the hub file refers to. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly logLevel?: string;
  /** More arguments of Node, for example `--cpu-prof`. */
  readonly nodeArguments?: readonly string[];
}

/** Memory and CPU of one process so far. */
export interface ProcessUsage {
  readonly peakRssMiB: number;
  readonly cpuSeconds: number;
}

/** Linux counts CPU time in ticks of this length. */
const TICKS_PER_SECOND = 100;
/** A crowded machine takes its time; a process that ends is told at once. */
const READY_TIMEOUT_MS = 180_000;

/** The hub's own processes, each alone: started, killed and watched by their ids. */
export class HubProcesses {
  private readonly running = new Map<ServiceName, ChildProcess>();
  private readonly peaks = new Map<ServiceName, number>();

  constructor(readonly options: HubProcessesOptions) {
    mkdirSync(options.folder, { recursive: true });
  }

  /** Services that together make the hub. */
  get services(): readonly ServiceName[] {
    const connectors = this.options.systems.map(({ id }) => `connector-${id}` as const);
    return [...connectors, 'golden', 'reconciler'];
  }

  /** Base URL of a service's HTTP API. */
  urlOf(service: ServiceName): string {
    const { port, systems } = this.options;
    const index = systems.findIndex(({ id }) => service === `connector-${id}`);
    const offsets: Readonly<Record<string, number>> = {
      admin: 0,
      golden: 1,
      'all-in-one': 1,
      reconciler: 2,
      notifier: 3,
      gateway: 4,
      indexer: 5,
    };
    return `http://127.0.0.1:${port + (index >= 0 ? 10 + index : (offsets[service] ?? 0))}`;
  }

  /**
   * Starts a service and waits until it is ready.
   * @param more variables of this start alone
   * @throws Error with the end of its log when it ends or stays unready
   */
  async start(service: ServiceName, more: Readonly<Record<string, string>> = {}): Promise<void> {
    const log = join(this.options.folder, `${service}.log`);
    const output = openSync(log, 'a');
    const child = spawn(process.execPath, this.argumentsOf(service), {
      cwd: this.options.root,
      env: { ...process.env, ...this.environmentOf(service), ...more },
      stdio: ['ignore', output, output],
    });
    this.running.set(service, child);
    const endsAt = Date.now() + READY_TIMEOUT_MS;
    while (!(await this.isReady(service))) {
      if (!this.isAlive(service) || Date.now() > endsAt) throw new Error(`${service} is not ready:\n${tail(log)}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async startAll(): Promise<void> {
    await Promise.all(this.services.map((service) => this.start(service)));
  }

  /** Sends the signal and waits for the end. */
  async stop(service: ServiceName, signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const child = this.running.get(service);
    if (!child) return;
    this.notePeak(service);
    this.running.delete(service);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), 15_000);
    await ended;
    clearTimeout(timer);
  }

  /** Stops the process in its tracks, or lets it go on. @throws Error when it does not run */
  signal(service: ServiceName, signal: 'SIGSTOP' | 'SIGCONT'): void {
    if (!this.isAlive(service) || this.running.get(service)?.kill(signal) !== true)
      throw new Error(`${service} does not run`);
  }

  /** Kills all at once and waits for nothing: for a program that ends itself. */
  abandon(): void {
    for (const child of this.running.values()) child.kill('SIGKILL');
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.running.keys()].map((service) => this.stop(service)));
  }

  /** Whether the process that was started last is still there. */
  isAlive(service: ServiceName): boolean {
    const child = this.running.get(service);
    return child !== undefined && child.exitCode === null && child.signalCode === null;
  }

  /** Whether the process that was started last was ended by SIGKILL, and not by {@link stop}. */
  wasKilled(service: ServiceName): boolean {
    return this.running.get(service)?.signalCode === 'SIGKILL';
  }

  /** Peak memory of all runs of the service, and CPU seconds of the present one. */
  usage(service: ServiceName): ProcessUsage {
    const cpuSeconds = this.notePeak(service);
    return { peakRssMiB: this.peaks.get(service) ?? 0, cpuSeconds };
  }

  /** Bearer token of the services, with every right. */
  get token(): string {
    return this.options.token;
  }

  /** Calls a service's API with the token. @throws Error with the answer's text when the status is no success */
  async call<T>(service: ServiceName, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.urlOf(service)}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${this.options.token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${service} ${path}: ${response.status} ${text}`);
    return JSON.parse(text) as T;
  }

  /** @returns CPU seconds of the process; 0 when it is gone, which node may learn a moment later */
  private notePeak(service: ServiceName): number {
    const child = this.running.get(service);
    const usage = child?.pid !== undefined && this.isAlive(service) ? findUsage(child.pid) : null;
    if (usage === null) return 0;
    const { peakRssMiB, cpuSeconds } = usage;
    this.peaks.set(service, Math.max(this.peaks.get(service) ?? 0, peakRssMiB));
    return cpuSeconds;
  }

  private entryOf(service: ServiceName): string {
    const system = this.options.systems.find(({ id }) => service === `connector-${id}`);
    const folder = system ? `connectors/${system.connector}` : `apps/${service}`;
    return join(this.options.root, 'dist', folder, 'main.js');
  }

  private argumentsOf(service: ServiceName): string[] {
    const flags = NODE_FLAGS[service === 'all-in-one' ? 'all-in-one' : 'app'];
    return [...flags, ...(this.options.nodeArguments ?? []), this.entryOf(service)];
  }

  private environmentOf(service: ServiceName): Record<string, string> {
    const { hubFile, token, servers, folder, environment, logLevel = 'info' } = this.options;
    const system = service.startsWith('connector-') ? { PLUMBLINE_SYSTEM: service.slice('connector-'.length) } : {};
    return {
      ...NODE_ENVIRONMENT,
      ...servers,
      ...environment,
      ...system,
      PLUMBLINE_HUB_FILE: hubFile,
      PLUMBLINE_TOKEN: token,
      PLUMBLINE_DATA_DIR: join(folder, 'data'),
      LOG_LEVEL: logLevel,
    };
  }

  /** All in one process are ready when each part of it is. */
  private async isReady(service: ServiceName): Promise<boolean> {
    const parts = service === 'all-in-one' ? [...this.services, 'admin' as const] : [service];
    try {
      for (const part of parts) await this.call(part, '/health/ready');
      return true;
    } catch {
      return false; // not yet listening, or not yet ready: asked again until the time-out
    }
  }
}

/** Peak memory and CPU of a process so far, its threads included. @throws Error when it is gone */
export function usageOf(pid: number): ProcessUsage {
  const peakKiB = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  const ticks = Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
  return { peakRssMiB: Math.round(Number(peakKiB ?? 0) / 1024), cpuSeconds: ticks / TICKS_PER_SECOND };
}

/** Null when the process is gone, which node may learn only later. */
function findUsage(pid: number): ProcessUsage | null {
  try {
    return usageOf(pid);
  } catch {
    return null;
  }
}

function tail(path: string): string {
  return readFileSync(path, 'utf8').split('\n').slice(-20).join('\n');
}
