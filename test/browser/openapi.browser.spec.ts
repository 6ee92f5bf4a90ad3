import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ensureSchemathesis } from './python-tools.js';
import { Wholesaler } from './wholesaler.js';

const ARTEFACTS = join(import.meta.dirname, '../../.plumbline/artefacts/openapi');
const CHECKS = [
  ...['not_a_server_error', 'status_code_conformance', 'content_type_conformance', 'response_headers_conformance'],
  ...['response_schema_conformance'],
];

type Headers = Readonly<Record<string, string>>;

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

/** An API of the hub, and where its document is. */
interface Api {
  readonly name: string;
  readonly url: string;
  readonly document: string;
}

/** Calls every route as the document says it may be, and as it may not. The stream of events has no end to wait for. */
async function callAsDescribed({ name, url, document: path }: Api, headers: Headers): Promise<Ran> {
  const document = join(ARTEFACTS, `${name}.served.json`);
  const { token } = hub.hub.processes;
  const answer = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } });
  expect(answer.status).toBe(200);
  writeFileSync(document, await answer.text());
  const given = Object.entries(headers).flatMap(([header, value]) => ['--header', `${header}: ${value}`]);
  const args = ['run', document, '--url', url, ...given, '--exclude-path', '/api/live', '--seed', '1'];
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

async function expectAsDescribed(api: Api, headers: Headers): Promise<void> {
  const { code, text } = await callAsDescribed(api, headers);
  const summary = text.slice(text.lastIndexOf('SUMMARY')).trim();
  process.stdout.write(`schemathesis ${api.name}: ${summary}\n`);
  expect({ code, failures: code === 0 ? '' : text.slice(0, 20_000) }).toEqual({ code: 0, failures: '' });
}

const everyRight = (): Headers => ({ authorization: `Bearer ${hub.hub.processes.token}` });

describe('no route answers an error of its own, or what the document does not say', () => {
  test.each([
    ['with-every-right', everyRight],
    ['with-no-right', () => ({})],
  ] as const)('at the page: %s', (name, headers) =>
    expectAsDescribed({ name, url: hub.pageUrl, document: '/api/openapi.json' }, headers()),
  );

  test.each([
    'golden',
    'reconciler',
    'indexer',
    'gateway',
    'connector-erp',
    'connector-pim',
    'connector-wms',
    'connector-shop',
  ] as const)('at %s', (name) =>
    expectAsDescribed({ name, url: hub.hub.processes.urlOf(name), document: '/openapi.json' }, everyRight()),
  );
});
