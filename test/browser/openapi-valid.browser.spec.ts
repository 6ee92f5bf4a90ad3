import 'reflect-metadata';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { HOST_API } from '#connector-host';
import { describeApp, type OpenApiDocument } from '#observability';
import { CONTROLLERS } from '../../apps/admin/admin.module.js';
import { describeAdmin } from '../../apps/admin/openapi.js';
import { GATEWAY_API } from '../../apps/gateway/gateway-api.js';
import { GOLDEN_API } from '../../apps/golden/golden-api.js';
import { INDEXER_API } from '../../apps/indexer/indexer-api.js';
import { NOTIFIER_API } from '../../apps/notifier/notifier-api.js';
import { RECONCILER_API } from '../../apps/reconciler/reconciler-api.js';
import { ensureOpenApiValidator } from './python-tools.js';

const ARTEFACTS = join(import.meta.dirname, '../../.plumbline/artefacts/openapi');
const APIS = { golden: GOLDEN_API, reconciler: RECONCILER_API, gateway: GATEWAY_API, notifier: NOTIFIER_API };
const DOCUMENTS: readonly (readonly [string, OpenApiDocument])[] = [
  ['admin', describeAdmin(CONTROLLERS)],
  ...Object.entries({ ...APIS, indexer: INDEXER_API, connector: HOST_API }).map(
    ([name, api]) => [name, describeApp(api, { hasParked: true })] as const,
  ),
];

describe('OpenAPI 3.1', () => {
  let program: string;
  beforeAll(() => {
    program = ensureOpenApiValidator();
    mkdirSync(ARTEFACTS, { recursive: true });
  });

  const validate = (name: string, document: object): { readonly code: number | null; readonly said: string } => {
    const file = join(ARTEFACTS, `${name}.openapi.json`);
    writeFileSync(file, JSON.stringify(document, null, 2));
    const { status, stdout, stderr } = spawnSync(program, ['--schema', '3.1.0', file], { encoding: 'utf8' });
    return { code: status, said: `${stdout}${stderr}` };
  };

  test.each(DOCUMENTS)('is what the document of %s keeps to', (name, document) => {
    const { code, said } = validate(name, document);
    expect({ code, said }).toEqual({ code: 0, said: expect.stringContaining('OK') });
  });

  test('a document that does not is found', () => {
    const [, document] = DOCUMENTS[0] ?? [];
    const paths = { '/x/{id}': { get: { responses: { 200: {} } } } };
    expect(validate('broken', { ...document, paths }).code).not.toBe(0);
  });
});
