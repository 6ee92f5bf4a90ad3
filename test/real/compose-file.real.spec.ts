import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

// docker-compose.yml, read by the library with which Docker Compose reads it. Needs Go; no engine.
const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'plumbline-compose-'));
const checker = join(folder, 'compose-check');
const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
const hasGo = spawnSync('go', ['version']).status === 0;
// Go is no requirement of the project; where it is missing, jest lists the skipped tests.
const testWithGo = hasGo ? test : test.skip;
const PASSWORDS = { POSTGRES_PASSWORD: 'p1', VALKEY_PASSWORD: 'p2', READER_PASSWORD: 'p3', PLUMBLINE_TOKEN: 't' };
const VARIABLES = { ...PASSWORDS, ERP_URL: 'postgres://h/erp', SHOP_URL: 'postgres://h/shop' };

interface Project {
  readonly services: Readonly<
    Record<string, { readonly environment: Record<string, string>; readonly deploy?: { readonly replicas: number } }>
  >;
}

beforeAll(() => {
  if (!hasGo) return;
  const cwd = join(import.meta.dirname, 'compose-check');
  execFileSync('go', ['build', '-o', checker, '.'], { cwd, stdio: 'pipe', timeout: 240_000 });
}, 260_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the checker says of this text, with only these variables set. */
function check(compose: string, variables: Readonly<Record<string, string>> = VARIABLES) {
  const file = join(folder, 'docker-compose.yml');
  writeFileSync(file, compose);
  const { PATH = '' } = process.env;
  const options = { cwd: folder, encoding: 'utf8', env: { PATH, ...variables }, timeout: 30_000 } as const;
  return spawnSync(checker, [file, 'cli', 'files'], options);
}

testWithGo('is right, with the variables filled in', () => {
  const { status, stdout, stderr } = check(text, { ...VARIABLES, GOLDEN_REPLICAS: '3', KAFKA_REPLICATION_FACTOR: '2' });
  expect([status, stderr]).toEqual([0, '']);
  const { services } = JSON.parse(stdout) as Project;
  expect(services['golden']?.deploy?.replicas).toBe(3);
  expect(services['kafka']?.environment['KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR']).toBe('2');
  expect(services['connector-erp']?.environment).toMatchObject({
    PLUMBLINE_SYSTEM: 'erp',
    ERP_URL: 'postgres://h/erp',
    DATABASE_URL: 'postgres://plumbline:p1@postgres:5432/plumbline',
    REDIS_URL: 'redis://:p2@valkey:6379',
  });
});

testWithGo('does not start without each of its passwords, and says where to set it', () => {
  for (const name of Object.keys(VARIABLES)) {
    const others = Object.fromEntries(Object.entries(VARIABLES).filter(([other]) => other !== name));
    const { status, stderr } = check(text, others);
    expect([name, status]).toEqual([name, 1]);
    expect(stderr).toContain(`required variable ${name} is missing a value: set it in .env`);
  }
});

testWithGo('a misspelt key and a service that is not there are caught', () => {
  expect(check(text.replace('mem_limit', 'mem_limt')).stderr).toContain("'mem_limt' not allowed");
  const gone = text.replace(/^ {2}valkey:$/m, '  valkey2:');
  expect(check(gone).stderr).toContain('valkey');
});
