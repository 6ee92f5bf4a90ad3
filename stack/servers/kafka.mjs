// Kafka from its Maven jars: one process is broker and controller (KRaft), on loopback only.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { UsageError } from '../errors.mjs';
import { runMaven, writePom } from '../maven.mjs';
import { LOOPBACK } from '../ports.mjs';
import { isKafkaReady } from '../probe.mjs';
import { fillFolder, findJava, runTool } from '../tools.mjs';

const VERSION = '4.1.0';
const DEPENDENCIES = [`org.apache.kafka:kafka_2.13:${VERSION}`, 'org.slf4j:slf4j-simple:1.7.36'];
const LOG_FOLDER = 'log';

const libraryFolder = ({ paths }) => join(paths.cache, `kafka-${VERSION}`);
const dataFolder = ({ paths }) => join(paths.data, 'kafka');
const propertiesFile = (context) => join(dataFolder(context), 'server.properties');

export const kafka = {
  name: 'kafka',
  variable: 'KAFKA_BROKERS',
  title: `Kafka ${VERSION}`,
  ports: ['kafka', 'kafkaController'],
  cost: { memoryMiB: 400, diskMiB: 50, downloadMiB: 45, firstSeconds: 15 },
  stopSignal: 'SIGTERM',

  isInstalled: (context) => existsSync(libraryFolder(context)),

  install: (context) =>
    fillFolder(libraryFolder(context), (folder) =>
      runMaven(context, 'kafka', {
        goal: 'dependency:copy-dependencies',
        properties: { outputDirectory: folder, includeScope: 'runtime' },
        cwd: writePom(join(context.paths.run, 'kafka-pom'), DEPENDENCIES),
      }),
    ),

  async prepare(context) {
    mkdirSync(dataFolder(context), { recursive: true });
    writeFileSync(propertiesFile(context), settingsOf(context));
    if (existsSync(join(dataFolder(context), LOG_FOLDER, 'meta.properties'))) return;
    await runTool(context, {
      server: 'kafka',
      log: 'kafka-format',
      next: 'npm run stack -- reset, then up',
      command: findJava(context.env),
      args: [
        ...['-cp', join(libraryFolder(context), '*'), 'kafka.tools.StorageTool', 'format'],
        ...['-t', context.state.kafkaClusterId, '-c', propertiesFile(context)],
      ],
      cwd: dataFolder(context),
    });
  },

  command: (context) => ({
    command: findJava(context.env),
    args: [
      ...[
        '-Xmx512m',
        // Half the CPU of the defaults for a broker that lives for minutes: no second compiler, no collector threads.
        ...['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
        '-Dorg.slf4j.simpleLogger.showDateTime=true',
        '-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS',
      ],
      ...['-cp', join(libraryFolder(context), '*'), 'kafka.Kafka', propertiesFile(context)],
    ],
    cwd: dataFolder(context),
    settings: settingsOf(context),
  }),

  isReady: ({ state }) => isKafkaReady({ host: LOOPBACK, port: state.ports.kafka }),
  address: ({ state }) => `${LOOPBACK}:${state.ports.kafka}`,
};

const settingsOf = ({ state, env }) => brokerProperties(state.ports, proxyPorts(env));

/**
 * Ports of one more listener, whose clients come through a proxy: `listens` is where the broker waits for the proxy,
 * `comes` is the proxy's port, which clients are told. Null where the environment names none. Pure.
 * @throws UsageError when it is not two ports
 */
export function proxyPorts({ PLUMBLINE_KAFKA_PROXY: text = '' }) {
  if (text === '') return null;
  const [, listens, comes] = /^(\d{1,5}):(\d{1,5})$/.exec(text) ?? [];
  if (!comes) throw new UsageError(`PLUMBLINE_KAFKA_PROXY must be two ports, LISTENS:COMES; it is "${text}".`);
  return { listens, comes };
}

/** The broker's settings. Pure. */
export function brokerProperties(ports, proxy = null) {
  const behind = (port) => (proxy ? `,PROXIED://${LOOPBACK}:${port}` : '');
  return Object.entries({
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@${LOOPBACK}:${ports.kafkaController}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://${LOOPBACK}:${ports.kafka},CONTROLLER://${LOOPBACK}:${ports.kafkaController}${behind(proxy?.listens)}`,
    'advertised.listeners': `PLAINTEXT://${LOOPBACK}:${ports.kafka}${behind(proxy?.comes)}`,
    'listener.security.protocol.map': `PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT${proxy ? ',PROXIED:PLAINTEXT' : ''}`,
    // Brokers speak to each other, and to themselves, without the proxy.
    ...(proxy && { 'inter.broker.listener.name': 'PLAINTEXT' }),
    // Relative to cwd: Kafka takes log.dirs apart at commas, which a project's path may hold.
    'log.dirs': LOG_FOLDER,
    // Topics come from contracts: a misspelt name must fail, not make a topic.
    'auto.create.topics.enable': false,
    // A lone developer's group need not wait for more members; tests with short sessions see a dead member soon.
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 2000,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 8,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 8,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'log.cleaner.enable': true,
  })
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}
