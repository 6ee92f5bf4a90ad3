import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reservePorts } from '#hub-runner';
import { createAuthority, type Authority } from './certificates.js';

const STACK = '../../stack';
const FORMAT_LIMIT_MS = 120_000;
const STOP_LIMIT_MS = 20_000;
const LOOPBACK = '127.0.0.1';

/** A user of the broker, which it knows by SCRAM-SHA-512 and by PLAIN. */
export interface KafkaUser {
  readonly username: string;
  readonly password: string;
}

/** A broker on loopback that wants TLS, credentials and an ACL for everything. Its passwords live as long as it does. */
export class SecureKafka {
  readonly admin: KafkaUser = aUser('admin');
  readonly hub: KafkaUser = aUser('hub');
  readonly authority: Authority;
  private readonly folder = mkdtempSync(join(tmpdir(), 'plumbline-kafka-'));
  private process: ChildProcess | null = null;
  private port = 0;

  constructor() {
    this.authority = createAuthority(join(this.folder, 'ca'));
  }

  get address(): string {
    return `${LOOPBACK}:${this.port}`;
  }

  /** Formats and starts it; resolves when it is started, not yet when it answers. */
  async start(): Promise<void> {
    this.port = await reservePorts(3);
    const jars = await kafkaJars();
    const properties = join(this.folder, 'server.properties');
    writeFileSync(properties, this.properties(this.port + 1, this.port + 2), { mode: 0o600 });
    const scram = [this.admin, this.hub].map(
      (user) => `SCRAM-SHA-512=[name=${user.username},password=${user.password}]`,
    );
    const format = ['kafka.tools.StorageTool', 'format', `--cluster-id=${clusterId()}`, '-c', properties];
    const credentials = scram.flatMap((credential) => ['--add-scram', credential]);
    const options = { cwd: this.folder, timeout: FORMAT_LIMIT_MS, stdio: 'pipe' } as const;
    execFileSync(java(), ['-cp', join(jars, '*'), ...format, ...credentials], options);
    const log = openSync(join(this.folder, 'kafka.log'), 'a');
    const args = ['-Xmx384m', '-cp', join(jars, '*'), 'kafka.Kafka', properties];
    this.process = spawn(java(), args, { cwd: this.folder, stdio: ['ignore', log, log] });
  }

  /** End of the broker's log, for a test that failed. */
  log(): string {
    return readFileSync(join(this.folder, 'kafka.log'), 'utf8').split('\n').slice(-30).join('\n');
  }

  /** Ends it and deletes its data. */
  async stop(): Promise<void> {
    const child = this.process;
    if (child && child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
      await ended;
      clearTimeout(timer);
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  private properties(internal: number, controller: number): string {
    const listener = 'listener.name.client';
    const users = [this.admin, this.hub].map((user) => `user_${user.username}="${user.password}"`).join(' ');
    const login = 'org.apache.kafka.common.security';
    return Object.entries({
      'process.roles': 'broker,controller',
      'node.id': 1,
      'controller.quorum.voters': `1@${LOOPBACK}:${controller}`,
      'controller.listener.names': 'CONTROLLER',
      listeners: `CLIENT://${this.address},INTERNAL://${LOOPBACK}:${internal},CONTROLLER://${LOOPBACK}:${controller}`,
      'advertised.listeners': `CLIENT://${this.address},INTERNAL://${LOOPBACK}:${internal}`,
      'listener.security.protocol.map': 'CLIENT:SASL_SSL,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT',
      'inter.broker.listener.name': 'INTERNAL',
      'log.dirs': 'log',
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      // The broker's own listeners know nobody by name; clients are told another.
      'super.users': `User:ANONYMOUS;User:${this.admin.username}`,
      'allow.everyone.if.no.acl.found': false,
      'sasl.enabled.mechanisms': 'SCRAM-SHA-512,PLAIN',
      [`${listener}.scram-sha-512.sasl.jaas.config`]: `${login}.scram.ScramLoginModule required;`,
      [`${listener}.plain.sasl.jaas.config`]: `${login}.plain.PlainLoginModule required ${users};`,
      [`${listener}.ssl.keystore.type`]: 'PEM',
      [`${listener}.ssl.keystore.location`]: this.authority.issue(LOOPBACK),
      'auto.create.topics.enable': false,
      'group.initial.rebalance.delay.ms': 0,
      'group.min.session.timeout.ms': 2000,
      'offsets.topic.replication.factor': 1,
      'offsets.topic.num.partitions': 2,
    })
      .map(([key, value]) => `${key}=${value}\n`)
      .join('');
  }
}

function aUser(username: string): KafkaUser {
  return { username, password: randomBytes(18).toString('hex') };
}

function java(): string {
  return process.env['JAVA_HOME'] ? join(process.env['JAVA_HOME'], 'bin', 'java') : 'java';
}

/** Kafka's ids are UUIDs in base64. */
function clusterId(): string {
  return Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url');
}

/** The jars of the native stack; fetched where another Kafka was given, so that the stack has none. */
async function kafkaJars(): Promise<string> {
  const { openContext, makeFolders } = (await import(join(import.meta.dirname, STACK, 'context.mjs'))) as {
    openContext: (environment: NodeJS.ProcessEnv) => { readonly paths: { readonly cache: string } };
    makeFolders: (context: unknown) => void;
  };
  const { kafka } = (await import(join(import.meta.dirname, STACK, 'servers/kafka.mjs'))) as {
    kafka: { readonly title: string; install: (context: unknown) => Promise<void> };
  };
  const context = openContext(process.env);
  const folder = join(context.paths.cache, kafka.title.toLowerCase().replace(' ', '-'));
  if (!existsSync(folder)) {
    makeFolders(context);
    await kafka.install(context);
  }
  return folder;
}
