import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';

interface SceneResult {
  readonly name: string;
  readonly passed: boolean;
  readonly links: readonly { readonly url: string }[];
  readonly planted: number | null;
  readonly found: number | null;
  readonly false: number | null;
  readonly fixed: number | null;
  readonly held: number | null;
  readonly latency_ms: number | null;
  readonly digest_source: string | null;
  readonly digest_target: string | null;
}

const ROOT = join(import.meta.dirname, '../..');
const FOLDER = join(ROOT, '.plumbline/test/demo');

/** The whole demo as a reader runs it, with a fifth of its data. */
describe('the demo', () => {
  const scenes = new Map<string, SceneResult>();
  let run = { code: null as number | null, output: '' };

  beforeAll(async () => {
    mkdirSync(FOLDER, { recursive: true });
    const file = join(FOLDER, 'scenes.json');
    run = await runDemo(['--exit', '--json', file, '--products', '2000', '--folder', FOLDER]);
    const written = JSON.parse(readFileSync(file, 'utf8')) as { readonly scenes: readonly SceneResult[] };
    for (const scene of written.scenes) scenes.set(scene.name, scene);
  }, 300_000);

  const find = (name: string): Partial<SceneResult> => scenes.get(name) ?? {};

  test('plays its six scenes and says by its exit code that all passed', () => {
    if (run.code !== 0) console.error(run.output);
    expect([...scenes.keys()]).toEqual(['price-change', 'ownership', 'drift', 'bad-day', 'seed', 'explain']);
    expect(run.code).toBe(0);
  });

  test('prints the address of the page before its first scene, and beside each where it is seen there', () => {
    const [address = ''] = /The page: http\S+ {3}sign in with admin, \S+/.exec(run.output) ?? [];
    expect(run.output.indexOf('━━ Scene 1')).toBeGreaterThan(run.output.indexOf(address));
    const url = address.split(' ')[2] ?? 'no address';
    for (const [name, { links }] of scenes)
      expect([name, links.map((link) => link.url.startsWith(`${url}/`))]).toEqual([name, links.map(() => true)]);
    expect([...scenes.values()].every(({ links }) => links.length > 0)).toBe(true);
  });

  test('a price that changes in the ERP arrives in the shop', () => {
    expect(find('price-change')).toMatchObject({ passed: true, planted: 12, found: 12 });
    expect(find('price-change').latency_ms).toBeGreaterThan(0);
  });

  test('every owner wins where it owns, and only there', () => {
    expect(find('ownership')).toMatchObject({ passed: true, planted: 7, fixed: 7, false: 0 });
  });

  test('drift behind the hub is found to the last record, and no other, and fixed', () => {
    const drift = find('drift');
    expect(drift).toMatchObject({ passed: true, planted: 80, found: 80, false: 0, fixed: 80, held: 0 });
    expect(drift.digest_target).toBe(drift.digest_source);
  });

  test('on a bad day both damages are held whole; one is repaired, the other goes nowhere', () => {
    expect(find('bad-day')).toMatchObject({
      passed: true,
      planted: 2200,
      found: 2200,
      false: 0,
      held: 2200,
      fixed: 200,
    });
  });

  test('a new service that was killed while it was seeded ends equal, and a tampered row is named', () => {
    const seed = find('seed');
    expect(seed).toMatchObject({ passed: true, planted: 1, found: 1 });
    expect(seed.digest_target).toBe(seed.digest_source);
  });

  test('a price is explained, and known as it was before', () => {
    expect(find('explain')).toMatchObject({ passed: true });
  });
});

function runDemo(args: readonly string[]): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(process.execPath, ['--enable-source-maps', join(ROOT, 'dist/demo/main.js'), ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}
