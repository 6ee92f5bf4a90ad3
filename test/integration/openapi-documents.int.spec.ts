import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { BUILT_IN_ROLES, declaredRoutes, type Authenticator, type DeclaredRoute } from '#auth';
import { HOST_API } from '#connector-host';
import { silentLogger } from '#kernel';
import { createMetrics, serveHttpApp, type ApiDescription, type ParkedRows, type RunningApp } from '#observability';
import { GATEWAY_API } from '../../apps/gateway/gateway-api.js';
import { GOLDEN_API } from '../../apps/golden/golden-api.js';
import { INDEXER_API } from '../../apps/indexer/indexer-api.js';
import { NOTIFIER_API } from '../../apps/notifier/notifier-api.js';
import { RECONCILER_API } from '../../apps/reconciler/reconciler-api.js';
import { findControllers, reached, UnwiredModule } from './found-controllers.js';

interface Operation {
  readonly summary: string;
  readonly description: string;
  readonly operationId: string;
  readonly parameters?: readonly { readonly in: string; readonly name: string; readonly required: boolean }[];
  readonly requestBody?: object;
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, object>> }>>;
  readonly security: readonly object[];
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}
interface Described {
  readonly folder: string;
  readonly api: ApiDescription;
  readonly hasParked: boolean;
}

const APPS: readonly Described[] = [
  { folder: 'apps/golden', api: GOLDEN_API, hasParked: true },
  { folder: 'apps/reconciler', api: RECONCILER_API, hasParked: true },
  { folder: 'apps/gateway', api: GATEWAY_API, hasParked: false },
  { folder: 'apps/notifier', api: NOTIFIER_API, hasParked: false },
  { folder: 'apps/indexer', api: INDEXER_API, hasParked: false },
  { folder: 'libs/connector-host', api: HOST_API, hasParked: true },
];
const SHARED = ['GET /health/live', 'GET /health/ready', 'GET /metrics', 'GET /openapi.json'];
const PARKED = ['GET /outbox/parked', 'POST /outbox/parked/release'];
const READS = ['400', '401', '403', '404', '429', '503'];
const ACTS = [...READS, '409', '413'].sort();

/** A token of the test is the name of a role. */
const authenticator: Authenticator = {
  authenticate: async (token) =>
    Object.hasOwn(BUILT_IN_ROLES, token) ? { subject: token, name: token, kind: 'person', roles: [token] } : null,
};
const named = ({ method, path }: DeclaredRoute): string => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`;

describe.each(APPS)('the OpenAPI document of $folder', ({ folder, api, hasParked }) => {
  let app: RunningApp;
  let document: Document;
  const fetchDocument = (token: string) =>
    fetch(`${app.url}/openapi.json`, { headers: { authorization: `Bearer ${token}` } });
  const routes = (): [string, Operation][] =>
    Object.entries(document.paths).flatMap(([path, verbs]) =>
      Object.entries(verbs).map(([verb, one]): [string, Operation] => [`${verb.toUpperCase()} ${path}`, one]),
    );

  beforeAll(async () => {
    const front = { host: '127.0.0.1', port: 0, token: 'unused-here-at-all', logger: silentLogger, ready: {} };
    const parked = reached() as ParkedRows;
    app = await serveHttpApp(UnwiredModule.of(api.controllers), {
      ...{ ...front, api, access: { authenticator, roles: BUILT_IN_ROLES } },
      ...{ metrics: createMetrics({ processMetrics: false }), ...(hasParked && { parked }) },
    });
    document = (await (await fetchDocument('viewer')).json()) as Document;
  });
  afterAll(() => app.close());

  test('is read by who reads schemas, and by nobody without a credential', async () => {
    expect((await fetch(`${app.url}/openapi.json`)).status).toBe(401);
    expect((await fetchDocument('nobody')).status).toBe(401);
    expect(await (await fetchDocument('admin')).json()).toEqual(document);
  });

  test('has every route of every controller of the folder, and no other', async () => {
    const found = (await findControllers([folder])).flatMap((controller) => declaredRoutes(controller)).map(named);
    expect(found.length).toBeGreaterThan(0);
    const all = [...found, ...SHARED, ...(hasParked ? PARKED : [])];
    expect(
      routes()
        .map(([route]) => route)
        .sort(),
    ).toEqual([...all].sort());
    const ids = routes().map(([, { operationId }]) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('tells of each what it takes, who may, and everything that it answers', () => {
    for (const [route, operation] of routes()) {
      const { parameters = [], responses, description, summary, security, requestBody } = operation;
      const inPath = [...route.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const told = parameters.filter((one) => one.in === 'path').map(({ name }) => name);
      const isAct = route.startsWith('POST');
      const isOpen = security.length === 0;
      const problems = Object.keys(responses).filter((status) => Number(status) >= 400);
      expect([route, told]).toEqual([route, inPath]);
      expect([route, problems]).toEqual([route, isAct ? ACTS : READS]);
      expect([route, Object.keys(responses).filter((status) => Number(status) < 300)]).toEqual([
        route,
        [expect.any(String)],
      ]);
      expect([route, summary]).toEqual([route, expect.stringMatching(/\.$/)]);
      expect([route, description]).toEqual([
        route,
        expect.stringMatching(isOpen ? /^Needs no permission: / : /^Needs the permission [a-z-]+:[a-z]+/),
      ]);
      for (const status of problems)
        expect([route, Object.keys(responses[status]?.content ?? {})]).toEqual([
          route,
          expect.arrayContaining(['application/problem+json']),
        ]);
      if (!isAct) expect([route, requestBody]).toEqual([route, undefined]);
    }
  });

  test('says of each route the status that it answers with', async () => {
    // what a handler asks for fails here, so only those that ask for nothing succeed; all others must answer what is written
    for (const [route, { responses }] of routes()) {
      const [method = '', path = ''] = route.split(' ');
      const headers = { authorization: 'Bearer admin', 'content-type': 'application/json' };
      const url = `${app.url}${path.replaceAll(/\{\w+\}/g, 'x')}`;
      const answer = await fetch(url, {
        method,
        headers,
        redirect: 'manual',
        ...(method === 'POST' && { body: '{}' }),
      });
      expect([route, Object.keys(responses)]).toEqual([route, expect.arrayContaining([String(answer.status)])]);
      const type = (answer.headers.get('content-type') ?? '').split(';')[0] ?? '';
      expect([route, Object.keys(responses[answer.status]?.content ?? {})]).toEqual([
        route,
        expect.arrayContaining([type]),
      ]);
      await answer.body?.cancel();
    }
  });
});
