import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { unique } from '../harness/servers.js';

jest.setTimeout(180_000);
const root = join(import.meta.dirname, '../..');
/** Inside the checkout, so that the skeleton finds its imports; out of every other tool's sight. */
const into = join('.plumbline/test', unique('new-connector'));
const folder = join(into, 'acme-shop');

interface Run {
  readonly code: number;
  readonly output: string;
}

async function run(...args: string[]): Promise<Run> {
  const options = { cwd: root, env: { ...process.env, NODE_OPTIONS: '--experimental-vm-modules' }, timeout: 150_000 };
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, options);
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, output: stdout + stderr };
  }
}

beforeAll(async () => {
  expect(await run('tools/new-connector.mjs', 'acme-shop', '--into', into)).toMatchObject({ code: 0 });
});

afterAll(() => rmSync(join(root, into), { recursive: true, force: true }));

test('a dry run says what it would write, and writes nothing', async () => {
  const { code, output } = await run('tools/new-connector.mjs', 'other', '--into', into, '--dry-run');
  expect([code, output.match(/^would write: /gm)]).toEqual([0, Array(6).fill('would write: ')]);
  expect(existsSync(join(root, into, 'other'))).toBe(false);
});

test('a name that is taken is refused, and a folder that exists stays as it is', async () => {
  expect(await run('tools/new-connector.mjs', 'sql')).toMatchObject({
    code: 2,
    output: expect.stringMatching(/taken/),
  });
  const again = await run('tools/new-connector.mjs', 'acme-shop', '--into', into);
  expect(again).toMatchObject({ code: 2, output: expect.stringMatching(/exists already/) });
});

test('the skeleton has six files and compiles', async () => {
  expect(readdirSync(join(root, folder)).sort()).toEqual(
    ['README.md', 'acme-shop.conformance.spec.ts', 'client.ts', 'connector.ts', 'main.ts', 'mapping.ts'].sort(),
  );
  const compilerOptions = { noEmit: true, incremental: false, rootDir: root };
  const config = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions,
    include: ['acme-shop/*.ts'],
    exclude: ['acme-shop/main.ts'],
  };
  writeFileSync(join(root, into, 'tsconfig.json'), JSON.stringify(config));
  expect(await run('node_modules/typescript/bin/tsc', '-p', into)).toEqual({ code: 0, output: '' });
});

test('its main.ts, which would draw in the whole host, is that of the other connectors', () => {
  const sql = readFileSync(join(root, 'connectors/sql/main.ts'), 'utf8');
  expect(readFileSync(join(root, folder, 'main.ts'), 'utf8')).toBe(sql.replaceAll('sqlConnector', 'acmeShopConnector'));
});

test('its conformance run fails with messages that say what to write next', async () => {
  const report = join(root, into, 'report.json');
  const config = join(root, into, 'jest.config.mjs');
  writeFileSync(
    config,
    `import config from ${JSON.stringify(join(root, 'jest.config.js'))};
     const { globalSetup, displayName, ...project } = config.projects.find(({ displayName }) => displayName === 'integration');
     export default { ...project, rootDir: ${JSON.stringify(root)}, roots: [${JSON.stringify(join(root, folder))}] };`,
  );
  await run('node_modules/jest/bin/jest.js', '--config', config, '--json', `--outputFile=${report}`);
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as {
    testResults: { assertionResults: { failureMessages: string[] }[] }[];
  };
  const messages = testResults.flatMap(({ assertionResults }) => assertionResults.map((one) => one.failureMessages));
  expect(messages.length).toBeGreaterThan(20);
  for (const [message] of messages)
    expect(message).toMatch(/^To do in \S+\/acme-shop\/[\w.-]+, \w+\(\): .+ See docs\/write-a-connector\.md\.$/);
});
