// Kafka Connect with Debezium's PostgreSQL connector: the peer of the relay's benchmark, and of nothing else. One
// standalone worker; connectors are made and removed through its HTTP API.
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { runMaven, writePom } from '../maven.mjs';
import { LOOPBACK } from '../ports.mjs';
import { isHttpReady } from '../probe.mjs';
import { nativeAddresses } from '../servers/index.mjs';
import { fillFolder, findJava } from '../tools.mjs';

const VERSION = '3.3.2.Final';
const KAFKA_VERSION = '4.1.0';
const DEPENDENCIES = [
  ...['connect-runtime', 'connect-json', 'connect-transforms'].map(
    (name) => `org.apache.kafka:${name}:${KAFKA_VERSION}`,
  ),
  ...['debezium-connector-postgres', 'debezium-core'].map((name) => `io.debezium:${name}:${VERSION}`),
  'org.slf4j:slf4j-simple:1.7.36',
];
const STRING_CONVERTER = 'org.apache.kafka.connect.storage.StringConverter';

const libraryFolder = ({ paths }) => join(paths.cache, `debezium-${VERSION}`);
const dataFolder = ({ paths }) => join(paths.data, 'debezium');
const address = ({ state }) => `http://${LOOPBACK}:${state.ports.debezium}`;

export const system = {
  name: 'debezium',
  variable: 'DEBEZIUM_URL',
  title: `Debezium ${VERSION}`,
  ports: ['debezium'],
  cost: { memoryMiB: 900, diskMiB: 60, downloadMiB: 60, firstSeconds: 60 },
  stopSignal: 'SIGTERM',
  isPeer: true,

  isInstalled: (context) => existsSync(libraryFolder(context)),

  install: (context) =>
    fillFolder(libraryFolder(context), (folder) =>
      runMaven(context, 'debezium', {
        goal: 'dependency:copy-dependencies',
        properties: { outputDirectory: folder, includeScope: 'runtime' },
        cwd: writePom(join(context.paths.run, 'debezium-pom'), DEPENDENCIES),
      }),
    ),

  prepare(context) {
    // A worker begins with no offsets: every connector has a slot of its own, made with it.
    rmSync(dataFolder(context), { recursive: true, force: true });
    mkdirSync(dataFolder(context), { recursive: true });
    writeFileSync(join(dataFolder(context), 'worker.properties'), workerProperties(context));
  },

  command: (context) => ({
    command: findJava(context.env),
    args: [
      ...['-Xms256m', '-Xmx1g', '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn'],
      ...['-cp', join(libraryFolder(context), '*'), 'org.apache.kafka.connect.cli.ConnectStandalone'],
      'worker.properties',
    ],
    cwd: dataFolder(context),
    settings: workerProperties(context),
  }),

  isReady: (context) => isHttpReady(`${address(context)}/connectors`),
  address,
};

/** No plugin.path: an empty one means "scan the working folder", which costs 30 s and 1.3 GiB. */
function workerProperties(context) {
  const { KAFKA_BROKERS } = { ...nativeAddresses(context), ...context.given };
  return Object.entries({
    'bootstrap.servers': KAFKA_BROKERS,
    'key.converter': STRING_CONVERTER,
    'value.converter': STRING_CONVERTER,
    'offset.storage.file.filename': 'offsets',
    'offset.flush.interval.ms': 10_000,
    listeners: address(context),
  })
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}
