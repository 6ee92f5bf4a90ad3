import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ensureSchemathesis } from './schemathesis.js';
import { Wholesaler } from './wholesaler.js';

const ARTEFACTS = join(import.meta.dirname, '../../.plumbline/artefacts/openapi');
const CHECKS = [
  ...['not_a_server_error', 'status_code_conformance', 'content_type_conformance', 'response_headers_conformance'],
  ...['response_schema_conformance'],
];

interface Ran {
  readonly code: number | null;
  readonly text: string;
}

let hub: Wholesaler;
let program: string;
beforeAll(async () => {
  program = ensureSchemathesis();
  mkdirSync(ARTEFACTS, { recursive: true });
  hub = await Wholesaler.start();
});
afterAll(() => hub?.drop());

/** Calls every route as the document says it may be, and as it may not. The stream of events has no end to wait for. */
async function callAsDescribed(name: string, headers: Readonly<Record<string, string>>): Promise<Ran> {
  const document = join(ARTEFACTS, 'openapi.json');
  const { token } = hub.hub.processes;
  const answer = await fetch(`${hub.pageUrl}/api/openapi.json`, { headers: { authorization: `Bearer ${token}` } });
  expect(answer.status).toBe(200);
  writeFileSync(document, await answer.text());
  const given = Object.entries(headers).flatMap(([header, value]) => ['--header', `${header}: ${value}`]);
  const args = ['run', document, '--url', hub.pageUrl, ...given, '--exclude-path', '/api/live', '--seed', '1'];
  const amount = ['--max-examples', '10', '--phases', 'examples,coverage,fuzzing', '--continue-on-failure'];
  const report = ['--no-color', '--report', 'junit', '--report-dir', ARTEFACTS, '--request-timeout', '30'];
  const ran = await run([...args, ...amount, ...report, '--max-redirects', '0', '--checks', CHECKS.join(',')]);
  writeFileSync(join(ARTEFACTS, `${name}.txt`), ran.text);
  return ran;
}

function run(args: readonly string[]): Promise<Ran> {
  return new Promise((resolve, reject) => {
    let text = '';
    const child = spawn(program, args, { cwd: ARTEFACTS, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (text += part.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, text }));
  });
}

test.each([
  ['with-every-right', () => ({ authorization: `Bearer ${hub.hub.processes.token}` })],
  ['with-no-right', () => ({})],
] as const)('no route answers an error of its own, or what the document does not say: %s', async (name, headers) => {
  const { code, text } = await callAsDescribed(name, headers());
  const summary = text.slice(text.lastIndexOf('SUMMARY')).trim();
  process.stdout.write(`schemathesis ${name}: ${summary}\n`);
  expect({ code, failures: code === 0 ? '' : text.slice(0, 20_000) }).toEqual({ code: 0, failures: '' });
});
