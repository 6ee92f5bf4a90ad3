import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '#testing';
import { SeedUnderTest } from '../integration/seed-under-test.js';

const RECORDS = 60_000;
const CLI = join(import.meta.dirname, '../../dist/apps/cli/main.js');
let place: SeedUnderTest;
let path: string;

interface Manifest {
  readonly bytes: number;
  readonly lines: number;
}

beforeAll(async () => {
  place = await SeedUnderTest.open();
  path = join(place.folder, 'products.jsonl');
  for (let from = 0; from < RECORDS; from += 5_000)
    await place.publish(Array.from({ length: 5_000 }, (_, index) => place.nextEvent(`P-${from + index}`, 'Acme')));
}, 120_000);
afterAll(() => place.close(), 60_000);

const start = (): ChildProcess =>
  spawn(process.execPath, [CLI, 'seed', 'product', '--to', `jsonl:${path}`, '--yes', '--no-certificate', '--json'], {
    env: { ...process.env, ...place.environment },
    stdio: 'ignore',
  });
const manifest = (): Manifest | null =>
  existsSync(`${path}.seed.json`) ? (JSON.parse(readFileSync(`${path}.seed.json`, 'utf8')) as Manifest) : null;

test('a seed into a file that is killed leaves a complete prefix, and goes on to the same state', async () => {
  const killed = start();
  await eventually(async () => expect(manifest()?.lines ?? 0).toBeGreaterThan(0), { timeoutMs: 60_000, intervalMs: 5 });
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  const left = manifest();
  expect(left?.lines).toBeLessThan(RECORDS);
  const prefix = readFileSync(path).subarray(0, left?.bytes).toString('utf8');
  const lines = prefix.split('\n');
  expect([lines.length - 1, lines.at(-1)]).toEqual([left?.lines, '']);
  expect(lines.slice(0, -1).filter((line) => !(JSON.parse(line) as { readonly key: string }).key)).toEqual([]);

  const second = start();
  expect(await once(second, 'exit')).toEqual([0, null]);
  expect(readFileSync(path, 'utf8').startsWith(prefix)).toBe(true);
  expect(manifest()?.lines).toBe(RECORDS);
  const check = await place.run('check', 'product', '--to', `jsonl:${path}`);
  expect(check).toMatchObject({ code: 0, result: { isEqual: true, source: { records: RECORDS } } });
}, 180_000);
