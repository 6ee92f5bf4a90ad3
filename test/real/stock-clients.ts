import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '../..');
/** With the other downloads of the stack, so that they are made once. */
const cache = join(process.env['PLUMBLINE_CACHE_DIR'] ?? join(root, '.plumbline/stack/cache'), 'stock-clients');
const examples = join(root, 'examples/consume-a-topic');
const INSTALL_LIMIT_MS = 180_000;

/** What to start, and what it needs. */
export interface StockClient {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** The Python example with its packages from PyPI. */
export async function pythonClient(): Promise<StockClient> {
  const packages = ['confluent-kafka==2.11.1', 'fastavro==1.12.0'];
  const folder = await installOnce('python-confluent-2.11.1-fastavro-1.12.0', (target) => ({
    command: 'python3',
    args: ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--target', target, ...packages],
  }));
  return { command: 'python3', args: [join(examples, 'consume.py')], env: { PYTHONPATH: folder } };
}

/** The Java example with its jars from Maven Central. */
export async function javaClient(): Promise<StockClient> {
  const folder = await installOnce('java-kafka-4.1.0-avro-1.12.0', (target) => {
    writeFileSync(join(target, 'pom.xml'), pom('org.apache.kafka:kafka-clients:4.1.0', 'org.apache.avro:avro:1.12.0'));
    const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
    return { command: 'mvn', args: ['-q', '-B', '-f', join(target, 'pom.xml'), goal, `-DoutputDirectory=${target}`] };
  });
  return { command: 'java', args: ['-cp', join(folder, '*'), join(examples, 'Consume.java')], env: {} };
}

/** Runs the client until it printed so many lines, each one JSON. @throws when it ends, or is not done in time */
export function firstLines(client: StockClient, env: Record<string, string>, count: number): Promise<unknown[]> {
  const child = spawn(client.command, [...client.args], { env: { ...process.env, ...client.env, ...env } });
  const lines: unknown[] = [];
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => (complaint = `${complaint}${chunk.toString()}`.slice(-4_000)));
  return new Promise<unknown[]>((resolve, reject) => {
    const give = (why: string): void => reject(new Error(`${why}; ${lines.length} of ${count} lines. ${complaint}`));
    const timer = setTimeout(() => give('not done in time'), 90_000);
    child.once('error', (error) => give(error.message));
    child.once('exit', (code) => {
      clearTimeout(timer);
      give(`ended with ${code}`);
    });
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(JSON.parse(line));
      if (lines.length === count) resolve(lines);
    });
  }).finally(() => child.kill('SIGKILL'));
}

/** Fills a folder of the cache once; a broken attempt leaves nothing behind that looks whole. */
export async function installOnce(
  name: string,
  install: (target: string) => { readonly command: string; readonly args: readonly string[] },
): Promise<string> {
  const folder = join(cache, name);
  if (existsSync(folder)) return folder;
  const target = `${folder}.part-${process.pid}`;
  mkdirSync(target, { recursive: true });
  try {
    const { command, args } = install(target);
    await promisify(execFile)(command, [...args], { timeout: INSTALL_LIMIT_MS });
    if (!existsSync(folder)) renameSync(target, folder);
  } finally {
    rmSync(target, { recursive: true, force: true });
  }
  return folder;
}

export function pom(...coordinates: readonly string[]): string {
  const dependencies = coordinates.map((text) => {
    const [groupId, artifactId, version] = text.split(':');
    const ids = `<groupId>${groupId}</groupId><artifactId>${artifactId}</artifactId>`;
    return `<dependency>${ids}<version>${version}</version></dependency>`;
  });
  return `<project><modelVersion>4.0.0</modelVersion><groupId>plumbline</groupId><artifactId>stock-client</artifactId>
<version>1</version><packaging>pom</packaging><dependencies>${dependencies.join('')}</dependencies></project>\n`;
}
