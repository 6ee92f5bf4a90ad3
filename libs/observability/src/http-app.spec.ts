import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Body, Controller, Get, Module, Param, Post } from '@nestjs/common';
import { Permission } from '#auth';
import { HubError, traceParentOf, type Logger } from '#kernel';
import { AnyText, createMetrics, serveHttpApp, type RunningApp } from './index.js';

@Controller()
class FailingController {
  @Permission('status:read')
  @Get('fail/:kind')
  fail(@Param('kind') kind: string): never {
    if (kind === 'retry') throw new HubError('HUB_DATABASE_UNREACHABLE', 'No database.', { offset: 7n });
    if (kind === 'stale') throw new HubError('HUB_APPROVAL_STALE', 'Moved.');
    throw new TypeError('x is secretly undefined');
  }

  @Permission('status:read')
  @Get('trace')
  async trace(): Promise<{ readonly trace: string | null }> {
    await new Promise((resolve) => setImmediate(resolve));
    return { trace: traceParentOf('any') ?? null };
  }

  @Permission('status:read')
  @AnyText()
  @Get('search')
  search(): string {
    return 'found';
  }

  @Permission('settings:change')
  @Post('take')
  take(@Body() body: unknown): { readonly kind: string } {
    return { kind: typeof body };
  }

  @Get('undeclared')
  undeclared(): string {
    return 'never seen';
  }
}

@Module({ controllers: [FailingController] })
class FailingModule {}

const TOKEN = 'a-token-of-this-test';
const HEADERS = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
const lines: { level: string; facts: Readonly<Record<string, unknown>>; message: string }[] = [];
const at = (level: string) => (facts: Readonly<Record<string, unknown>>, message: string) => {
  lines.push({ level, facts, message });
};
const logger: Logger = {
  debug: at('debug'),
  info: at('info'),
  warn: at('warn'),
  error: at('error'),
  child: () => logger,
};

describe('an HTTP app', () => {
  const metrics = createMetrics({ processMetrics: false });
  let isReady = true;
  let app: RunningApp;

  beforeAll(async () => {
    const database = (): Promise<void> =>
      isReady ? Promise.resolve() : Promise.reject(new HubError('HUB_DATABASE_UNREACHABLE', 'No database.'));
    app = await serveHttpApp(FailingModule, {
      host: '127.0.0.1',
      port: 0,
      token: TOKEN,
      logger,
      metrics,
      ready: { database },
    });
  });
  afterAll(() => app.close());

  async function call(path: string, init: RequestInit = {}): Promise<{ status: number; body: unknown }> {
    const response = await fetch(`${app.url}${path}`, { headers: HEADERS, ...init });
    if (!response.ok && path !== '/health/ready')
      expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    const text = await response.text();
    return { status: response.status, body: text.startsWith('{') ? (JSON.parse(text) as unknown) : text };
  }

  test('what a request does belongs to the trace that it names, as long as it lasts', async () => {
    const trace = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const headers = { authorization: `Bearer ${TOKEN}`, traceparent: trace };
    const answers = await Promise.all([call('/trace', { headers }), call('/trace')]);
    expect(answers.map(({ body }) => body)).toEqual([{ trace }, { trace: null }]);
  });

  test('errors leave as problem details, with a status by kind', async () => {
    expect(await call('/fail/retry', { headers: { ...HEADERS, 'x-request-id': 'r-1' } })).toEqual({
      status: 503,
      body: {
        type: 'urn:plumbline:error:HUB_DATABASE_UNREACHABLE',
        title: 'Database unreachable',
        status: 503,
        detail: 'No database.',
        instance: 'urn:plumbline:request:r-1',
        code: 'HUB_DATABASE_UNREACHABLE',
        hint: 'Start PostgreSQL or correct DATABASE_URL.',
        details: { offset: '7' },
      },
    });
    expect((await call('/fail/stale')).status).toBe(409);
    expect(await call('/nothing')).toMatchObject({ status: 404, body: { code: 'HUB_NOT_FOUND' } });
    expect(await call('/take', { method: 'POST', body: '{' })).toMatchObject({
      status: 400,
      body: { code: 'HUB_REQUEST_INVALID' },
    });
  });

  test.each([
    ['a NUL in a body', 'POST', '/take', '{"a":[{"b":"x\\u0000"}]}'],
    ['half of a pair in a body', 'POST', '/take', '["\\ud83d"]'],
    ['half of a pair as a name', 'POST', '/take', '{"\\ude00":1}'],
    ['a NUL in a path', 'GET', '/fail/%00', undefined],
    ['a NUL in a query', 'GET', '/trace?x=%00', undefined],
  ])('refuses %s: it could not be kept', async (_name, method, path, body) => {
    const init = { method, ...(body !== undefined && { body }) };
    expect(await call(path, init)).toMatchObject({ status: 400, body: { code: 'HUB_REQUEST_INVALID' } });
  });

  test('takes every other text, however deep it lies', async () => {
    const body = `{"a":"\\ud83d\\ude00\\u0001","b":${'['.repeat(40_000)}${']'.repeat(40_000)}}`;
    expect((await call('/take', { method: 'POST', body })).status).toBe(201);
  });

  test('takes every text that a search may ask for', async () => {
    expect((await call('/search?x=%00')).status).toBe(200);
  });

  test('an unknown error is logged, not told', async () => {
    const { status, body } = await call('/fail/crash');
    expect([status, JSON.stringify(body).includes('secretly')]).toEqual([500, false]);
    expect(lines.filter(({ level }) => level === 'error').map(({ message }) => message)).toEqual(['request failed']);
  });

  test('health, readiness and metrics', async () => {
    metrics.count('plumbline_test_events_total', 2, { system: 'erp' });
    expect((await call('/health/live', { headers: {} })).status).toBe(200);
    expect(await call('/metrics', { headers: {} })).toMatchObject({ status: 401, body: { code: 'HUB_UNAUTHORISED' } });
    expect((await call('/metrics')).body).toContain('plumbline_test_events_total{system="erp"} 2');
    expect(await call('/health/ready')).toEqual({ status: 200, body: { status: 'ready', checks: { database: 'ok' } } });
    isReady = false;
    expect(await call('/health/ready')).toEqual({
      status: 503,
      body: { status: 'not ready', checks: { database: 'HUB_DATABASE_UNREACHABLE: No database.' } },
    });
  });

  test('a route that declares no permission answers 403 to everybody, and whoever proves nothing 401', async () => {
    expect(await call('/undeclared')).toMatchObject({ status: 403, body: { code: 'HUB_FORBIDDEN' } });
    const refused = await fetch(`${app.url}/undeclared`);
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
  });

  test('a taken port is a clear error', async () => {
    const port = Number(new URL(app.url).port);
    const second = serveHttpApp(FailingModule, { host: '127.0.0.1', port, token: TOKEN, logger, metrics, ready: {} });
    await expect(second).rejects.toMatchObject({ code: 'HUB_CONFIG_INVALID' });
  });
});
