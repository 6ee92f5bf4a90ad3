import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { usageOf, type ServerAddresses } from '#hub-runner';

/** What the bare script is told. */
export interface BareSettings {
  readonly brokers: readonly string[];
  readonly registryUrl: string;
  readonly databaseUrl: string;
  readonly topic: string;
  readonly groupId: string;
  readonly fields: readonly string[];
}

/** Where a hub and the store to be seeded are. */
export interface SeedPlace {
  readonly servers: ServerAddresses;
  readonly folder: string;
  readonly prefix: string;
  readonly targetUrl: string;
}

/** What a process took, from its start to its end, and the JSON that it printed last. */
export interface Finished {
  readonly code: number;
  readonly wallS: number;
  readonly rssMib: number;
  readonly cpuS: number;
  readonly result: Readonly<Record<string, unknown>>;
}

const CLI = join(import.meta.dirname, '../../apps/cli/main.js');
const BARE = join(import.meta.dirname, 'bare-copy.js');
const SAMPLE_MS = 100;

/** Runs `plumbline seed …` to its end. */
export function runSeed({ servers, folder, prefix, targetUrl }: SeedPlace, args: readonly string[]): Promise<Finished> {
  const hubFile = join(folder, 'plumbline.yaml');
  writeFileSync(hubFile, hubFileOf(prefix));
  const environment = { ...servers, PLUMBLINE_HUB_FILE: hubFile, PLUMBLINE_TOKEN: 'of-the-bench-alone' };
  return run([CLI, 'seed', ...args, '--to', targetUrl, '--json'], environment);
}

/** Runs the bare script to its end. */
export function runBare(settings: BareSettings): Promise<Finished> {
  return run([BARE, JSON.stringify(settings)], {});
}

async function run(args: readonly string[], environment: Readonly<Record<string, string>>): Promise<Finished> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  let usage = { peakRssMiB: 0, cpuSeconds: 0 };
  const timer = setInterval(() => {
    try {
      usage = usageOf(child.pid ?? 0);
    } catch {
      clearInterval(timer); // it is gone, which node learns a little later
    }
  }, SAMPLE_MS);
  const [code] = (await once(child, 'close')) as [number | null];
  clearInterval(timer);
  const wallS = (performance.now() - startedAt) / 1_000;
  const result = JSON.parse(printed) as Readonly<Record<string, unknown>>;
  return { code: code ?? -1, wallS, rssMib: usage.peakRssMiB, cpuS: usage.cpuSeconds, result };
}

function hubFileOf(prefix: string): string {
  return `hub: { name: bench, topicPrefix: '${prefix}' }
systems:
  pim: { connector: sql, mode: write, config: { url: x }, entities: { product: { source: p, key: [sku], fields: { brand: brand } } } }
survivorship: { product: { version: 1, create: [pim], owner: { pim: [brand] } } }
`;
}
