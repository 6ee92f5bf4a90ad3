import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '#kernel';
import { installOnce, pom } from './stock-clients.js';

const KAFKA = '4.1.0';
const DEPENDENCIES = [
  ...['connect-runtime', 'connect-json', 'connect-transforms'].map((name) => `org.apache.kafka:${name}:${KAFKA}`),
  'io.debezium:debezium-connector-jdbc:3.3.1.Final',
  'io.apicurio:apicurio-registry-utils-converter:2.6.13.Final',
  'org.slf4j:slf4j-simple:1.7.36',
];
const START_LIMIT_MS = 90_000;

/** A connector as Kafka Connect tells of it. */
export interface ConnectorState {
  readonly connector: { readonly state: string };
  readonly tasks: readonly { readonly state: string; readonly trace?: string }[];
}

/** One standalone worker of Kafka Connect with stock jars from Maven Central: a JDBC sink, and a converter for Avro. */
export class ConnectWorker {
  private complaint = '';

  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    private readonly url: string,
  ) {
    child.stderr?.on(
      'data',
      (chunk: Buffer) => (this.complaint = `${this.complaint}${chunk.toString()}`.slice(-6_000)),
    );
  }

  static async start(brokers: readonly string[]): Promise<ConnectWorker> {
    const jars = await installOnce('connect-4.1.0-jdbc-3.3.1-converter-2.6.13', (target) => {
      writeFileSync(join(target, 'pom.xml'), pom(...DEPENDENCIES));
      const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
      const options = [`-DoutputDirectory=${target}`, '-DincludeScope=runtime'];
      return { command: 'mvn', args: ['-q', '-B', '-f', join(target, 'pom.xml'), goal, ...options] };
    });
    const folder = mkdtempSync(join(tmpdir(), 'plumbline-connect-'));
    const url = `http://127.0.0.1:${await freePort()}`;
    const settings = {
      'bootstrap.servers': brokers.join(','),
      'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
      'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
      'offset.storage.file.filename': join(folder, 'offsets'),
      'offset.flush.interval.ms': '1000',
      listeners: url,
    };
    const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
    writeFileSync(join(folder, 'worker.properties'), lines.join(''));
    const main = 'org.apache.kafka.connect.cli.ConnectStandalone';
    const args = ['-Xmx512m', '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', '-cp', join(jars, '*'), main];
    const stdio: ('ignore' | 'pipe')[] = ['ignore', 'ignore', 'pipe'];
    const child = spawn('java', [...args, 'worker.properties'], { cwd: folder, stdio });
    const worker = new ConnectWorker(child, folder, url);
    await worker.untilServing();
    return worker;
  }

  /** Makes a connector, or gives it another configuration. */
  async configure(name: string, config: Readonly<Record<string, string>>): Promise<void> {
    const response = await fetch(`${this.url}/connectors/${name}/config`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(config),
    });
    if (!response.ok) throw new Error(`Kafka Connect: ${response.status} ${await response.text()}`);
  }

  async stateOf(name: string): Promise<ConnectorState> {
    return (await (await fetch(`${this.url}/connectors/${name}/status`)).json()) as ConnectorState;
  }

  /** By SIGKILL: it keeps nothing, and its shutdown waits for ever for idle connections of HTTP clients. */
  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const gone = once(this.child, 'exit');
      this.child.kill('SIGKILL');
      await gone;
    }
    rmSync(this.folder, { recursive: true });
  }

  private async untilServing(): Promise<void> {
    for (let waited = 0; waited < START_LIMIT_MS && this.child.exitCode === null; waited += 250) {
      const answer = await fetch(`${this.url}/connectors`, { signal: AbortSignal.timeout(5_000) }).catch(() => null);
      if (answer?.ok) return;
      await systemClock.sleep(250);
    }
    throw new Error(`Kafka Connect does not come up. ${this.complaint}`);
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
