import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { NODE_ENVIRONMENT, NODE_FLAGS, VARIABLES } from '#config';
import { parseHubFile, portOf, type HubFile } from '#hub-file';

interface Service {
  readonly image?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly ports?: readonly string[];
  readonly profiles?: readonly string[];
  readonly deploy?: { readonly replicas?: string };
  readonly mem_limit?: string;
  readonly healthcheck?: { readonly test: readonly string[] };
}

/** What stack/servers/index.mjs says of a server, as far as this test needs it. */
interface NativeServer {
  readonly name: string;
  readonly variable: string;
}

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const text = read('docker-compose.yml');
const { services, volumes } = parse(text, { merge: true, maxAliasCount: -1 }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};
const { SERVERS } = (await import(join(root, 'stack/servers/index.mjs'))) as { SERVERS: readonly NativeServer[] };
const { brokerProperties } = (await import(join(root, 'stack/servers/kafka.mjs'))) as {
  brokerProperties: (ports: object) => string;
};
const hub = exampleHub();
const SCALED = ['golden', 'reconciler'] as const;
const connectors = hub.systems.map(({ id }) => `connector-${id}`);
const processes = [...SCALED, 'notifier', 'gateway', 'indexer', 'admin', ...connectors];

function exampleHub(): HubFile {
  const env = { ERP_URL: 'postgres://r@h/erp', SHOP_URL: 'postgres://r@h/shop' };
  const parsed = parseHubFile(read('examples/two-databases/plumbline.yaml'), { env });
  if (!('file' in parsed)) throw new Error('the example hub file is wrong');
  return parsed.file;
}

function serviceOf(name: string): Service {
  const service = services[name];
  if (!service) throw new Error(`docker-compose.yml has no service ${name}`);
  return service;
}

describe('docker-compose.yml and the native launcher', () => {
  test('run the same servers, each with a volume of its own where it keeps something, and one process per app and system', () => {
    const names = SERVERS.map(({ name }) => name);
    expect(Object.keys(services).sort()).toEqual(
      expect.arrayContaining([...names, ...processes, 'balancer', 'topics', 'cli'].sort()),
    );
    for (const name of ['postgres', 'kafka', 'valkey']) expect(volumes).toHaveProperty(name);
  });

  test('give every process the addresses of all servers, and every other variable that has no default', () => {
    for (const process of processes) {
      const environment = serviceOf(process).environment ?? {};
      for (const { variable } of SERVERS) expect(environment).toHaveProperty(variable);
      const required = VARIABLES.filter((one) => one.default === null && one.name !== 'PLUMBLINE_SYSTEM');
      for (const { name } of required) expect(environment).toHaveProperty(name);
    }
    for (const { id } of hub.systems) expect(serviceOf(`connector-${id}`).environment?.['PLUMBLINE_SYSTEM']).toBe(id);
  });

  test('set no variable that nothing reads', () => {
    const known = new Set([...VARIABLES.map(({ name }) => name), 'ERP_URL', 'SHOP_URL']);
    for (const process of [...processes, 'cli', 'topics'])
      expect(Object.keys(serviceOf(process).environment ?? {}).filter((name) => !known.has(name))).toEqual([]);
  });

  test('use the ports of the hub file, in health checks and in addresses', () => {
    const ports = new Map<string, number>([
      ['golden', portOf(hub, 'golden')],
      ['reconciler', portOf(hub, 'reconciler')],
      ['notifier', portOf(hub, 'notifier')],
      ['indexer', portOf(hub, 'indexer')],
      ...hub.systems.map(({ id }) => [`connector-${id}`, portOf(hub, { system: id })] as const),
    ]);
    const addresses = String(Object.values(serviceOf('cli').environment ?? {}));
    const balancer = read('deploy/balancer/services.conf');
    for (const [name, port] of ports) {
      expect(serviceOf(name).healthcheck?.test.at(-1)).toBe(`http://127.0.0.1:${port}/health/live`);
      expect(addresses).toContain(`http://${name}:${port}`);
      expect(balancer).toContain(` ${name}:${port};`);
    }
  });

  test('serve feeds behind the balancer, at the port of the hub file', () => {
    const port = portOf(hub, 'gateway');
    expect(serviceOf('gateway').healthcheck?.test.at(-1)).toBe(`http://127.0.0.1:${port}/health/live`);
    expect(read('deploy/balancer/services.conf')).toContain(` gateway:${port};`);
    expect(read('deploy/balancer/nginx.conf')).toContain('location /gateway/');
  });

  test('publish the admin page on the port of the hub file', () => {
    const { healthcheck, ports } = serviceOf('admin');
    expect(healthcheck?.test.at(-1)).toBe(`http://127.0.0.1:${portOf(hub, 'admin')}/health/live`);
    expect(ports?.[0]).toMatch(new RegExp(`:${portOf(hub, 'admin')}$`));
  });

  test('configure Kafka alike', () => {
    const kafka = serviceOf('kafka').environment ?? {};
    const own =
      /^(node\.id|process\.roles|controller\.|listener|advertised\.|log\.dirs)|replication\.factor$|min\.isr$/;
    const settings = brokerProperties({ kafka: 1, kafkaController: 2 }).trim().split('\n');
    const shared = settings.map((line) => line.split('=')).filter(([key]) => !own.test(key ?? ''));
    expect(shared.length).toBeGreaterThan(4);
    for (const [key = '', value] of shared)
      expect([key, String(kafka[`KAFKA_${key.toUpperCase().replaceAll('.', '_')}`])]).toEqual([key, value]);
  });

  test('the copies of Kafka’s own topics and of ours come from one variable each', () => {
    const kafka = serviceOf('kafka').environment ?? {};
    const copies = Object.entries(kafka).filter(([name]) => name.endsWith('REPLICATION_FACTOR'));
    const inSync = Object.entries(kafka).filter(([name]) => name.endsWith('MIN_ISR'));
    expect([copies.length, inSync.length]).toEqual([3, 2]);
    for (const [, value] of copies) expect(value).toBe('${KAFKA_REPLICATION_FACTOR:-1}');
    for (const [, value] of inSync) expect(value).toBe('${KAFKA_MIN_INSYNC_REPLICAS:-1}');
    expect(serviceOf('golden').environment?.['KAFKA_REPLICATION_FACTOR']).toBe('${KAFKA_REPLICATION_FACTOR:-1}');
  });

  test('start apps with the same flags and environment', () => {
    const entrypoint = /^ENTRYPOINT (.*)$/m.exec(read('Dockerfile'))?.[1] ?? '[]';
    expect(JSON.parse(entrypoint)).toEqual(['node', ...NODE_FLAGS.app]);
    for (const [name, value] of Object.entries(NODE_ENVIRONMENT))
      expect(read('Dockerfile')).toContain(` ${name}=${value} `);
  });
});

describe('docker-compose.yml by itself', () => {
  test('only the balancer and the admin page have a port on the host, on loopback unless told otherwise', () => {
    const published = Object.entries(services).filter(([, { ports }]) => ports !== undefined);
    expect(published.map(([name]) => name).sort()).toEqual(['admin', 'balancer']);
    expect(serviceOf('admin').ports).toEqual(['${ADMIN_ADDRESS:-127.0.0.1}:${ADMIN_PORT:-7780}:7700']);
    expect(serviceOf('balancer').ports).toEqual(['${BALANCER_ADDRESS:-127.0.0.1}:${BALANCER_PORT:-7700}:8080']);
  });

  test('apps are scaled by a number; whatever runs on has a health check and a limit of memory', () => {
    for (const name of SCALED) expect(serviceOf(name).deploy?.replicas).toMatch(/^\$\{\w+_REPLICAS:-1\}$/);
    for (const [name, service] of Object.entries(services)) {
      expect([name, service.mem_limit]).toEqual([name, expect.stringMatching(/^\d+[mg]$/)]);
      if (!['topics', 'cli'].includes(name)) expect([name, service.healthcheck]).not.toEqual([name, undefined]);
    }
    for (const name of processes) expect(serviceOf(name).mem_limit).toBe('300m'); // docs/adr/0004-memory.md
  });

  test('holds no password: whatever is secret is a variable, and what cannot do without says what to set', () => {
    const secrets = [...VARIABLES.filter(({ secret }) => secret).map(({ name }) => name), 'POSTGRES_PASSWORD'];
    for (const [name, { environment = {} }] of Object.entries(services))
      for (const [variable, value] of Object.entries(environment))
        if (secrets.includes(variable) || /PASSWORD|TOKEN/.test(variable))
          expect([name, variable, value]).toEqual([name, variable, expect.stringMatching(/^\$\{\w+(\}|:[-?])/)]);
    for (const name of ['POSTGRES_PASSWORD', 'VALKEY_PASSWORD', 'READER_PASSWORD', 'PLUMBLINE_TOKEN'])
      expect(text).toContain(`\${${name}:?set it in .env`);
  });
});
