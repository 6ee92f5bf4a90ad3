import { describe, expect, test } from '@jest/globals';
import type { CallHandler, ExecutionContext } from '@nestjs/common';
import type { AuditEvent } from '#audit';
import type { Grant } from '#contracts';
import { firstValueFrom, of, throwError } from 'rxjs';
import {
  AccessGuard,
  AnswerInterceptor,
  AuditInterceptor,
  BUILT_IN_ROLES,
  Open,
  Permission,
  type AccessOptions,
  type AccessRequest,
  type Principal,
  type RateKind,
  type RateVerdict,
} from './index.js';

class Routes {
  @Permission('record:read', { entity: 'param.entity', system: 'query.system' })
  record(): void {}
  @Permission('round:start', { entity: 'body.entity' })
  start(): void {}
  @Permission('hold:approve', 'object')
  approve(): void {}
  @Permission('hold:read', 'answer')
  list(): void {}
  @Permission('topic:export', { topic: 'param.topic' })
  dump(): void {}
  @Permission('outbox:read')
  outbox(): void {}
  @Open('signed')
  open(): void {}
  undeclared(): void {}
}

const limited = (permission: Grant['permission'], scope: Grant['scope']): readonly Grant[] => [
  { permission, ...(scope && { scope }) },
];
const roles = {
  ...BUILT_IN_ROLES,
  prices: [...limited('*:*', { entities: ['price'] })],
  shop: [...limited('*:*', { systems: ['shop'] })],
  both: [...limited('*:*', { entities: ['price'], systems: ['shop'] })],
  golden: [...limited('topic:export', { topicPrefixes: ['golden.'] })],
};

class Door {
  readonly kept: AuditEvent[] = [];
  readonly taken: string[] = [];
  verdict: RateVerdict = { isAllowed: true };
  private readonly options: AccessOptions;

  constructor(principal: Partial<Principal>, more: Partial<AccessOptions> = {}) {
    const whole: Principal = { subject: 'ann', name: 'Ann', kind: 'person', roles: [], ...principal };
    this.options = {
      authenticator: { authenticate: async (token) => (token === 'right' ? whole : null) },
      roles,
      limiter: { take: async (kind: RateKind, bucket: string) => (this.taken.push(`${kind} ${bucket}`), this.verdict) },
      trail: { record: async (event) => void this.kept.push(event) },
      ...more,
    };
  }

  /** The answer as it leaves, or the code of the error. */
  async call(
    route: keyof Routes,
    request: Partial<AccessRequest> = {},
    answer: unknown = 'ok',
    work = (): void => undefined,
  ): Promise<unknown> {
    const headers = { authorization: 'Bearer right', ...request.headers };
    const whole: AccessRequest = {
      method: 'GET',
      path: `/${route}`,
      socket: { remoteAddress: '10.0.0.1' },
      ...request,
      headers,
    };
    const context = {
      switchToHttp: () => ({ getRequest: () => whole, getResponse: () => ({ setHeader: () => undefined }) }),
      getHandler: () => Routes.prototype[route],
    } as unknown as ExecutionContext;
    const handler: CallHandler = {
      handle: () => {
        work();
        return answer instanceof Error ? throwError(() => answer) : of(answer);
      },
    };
    try {
      await new AccessGuard(this.options).canActivate(context);
      const shown: CallHandler = { handle: () => new AnswerInterceptor().intercept(context, handler) };
      return await firstValueFrom(await new AuditInterceptor(this.options).intercept(context, shown));
    } catch (error) {
      return (error as { code?: string }).code ?? 'no code';
    }
  }
}

describe('scope', () => {
  const call = (role: string, route: keyof Routes, request: Partial<AccessRequest> = {}, answer?: unknown) =>
    new Door({ roles: [role] }).call(route, request, answer);

  test('an object that the address names is reached within every limit of one grant, and else is not there', async () => {
    const of = (entity: string, system?: string): Partial<AccessRequest> => ({ params: { entity }, query: { system } });
    expect(await call('prices', 'record', of('price'))).toBe('ok');
    expect(await call('prices', 'record', of('product'))).toBe('HUB_NOT_FOUND');
    expect(await call('both', 'record', of('price', 'shop'))).toBe('ok');
    expect(await call('both', 'record', of('price', 'erp'))).toBe('HUB_NOT_FOUND');
    expect(await call('both', 'record', of('price'))).toBe('HUB_NOT_FOUND');
    expect(await call('viewer', 'record', of('product'))).toBe('ok');
  });

  test('two roles do not add up to more than each: a limit holds for its own grant', async () => {
    const door = new Door({ roles: ['prices', 'shop'] });
    expect(await door.call('record', { params: { entity: 'product' }, query: { system: 'shop' } })).toBe('ok');
    expect(await door.call('record', { params: { entity: 'product' }, query: { system: 'erp' } })).toBe(
      'HUB_NOT_FOUND',
    );
  });

  test('what the body leaves open is not within a limit; what it says twice or as a list is not read', async () => {
    expect(await call('prices', 'start', { body: { entity: 'price' } })).toBe('ok');
    for (const body of [{}, undefined, 'price', { entity: ['price'] }, { entity: { toString: 'price' } }])
      expect(await call('prices', 'start', { body })).toBe('HUB_NOT_FOUND');
    expect(await call('prices', 'start', { body: JSON.parse('{"__proto__":{"entity":"price"}}') as unknown })).toBe(
      'HUB_NOT_FOUND',
    );
  });

  test('topics by their beginning', async () => {
    expect(await call('golden', 'dump', { params: { topic: 'golden.price.v1' } })).toBe('ok');
    expect(await call('golden', 'dump', { params: { topic: 'hub.golden.v1' } })).toBe('HUB_NOT_FOUND');
  });

  test('what is about all of the hub needs a grant without limits', async () => {
    expect(await call('prices', 'outbox')).toBe('HUB_FORBIDDEN');
    expect(await call('viewer', 'outbox')).toBe('ok');
  });

  test('a list is cut to what is within the limits', async () => {
    const holds = [
      { id: 1, entity: 'price', system: 'shop' },
      { id: 2, entity: 'product', system: 'shop' },
      { id: 3 },
      'x',
    ];
    expect(await call('prices', 'list', {}, holds)).toEqual([holds[0]]);
    expect(await call('viewer', 'list', {}, holds)).toEqual(holds);
    const status = { entities: [{ entity: 'price' }, { entity: 'product' }], outboxRows: 7 };
    expect(await call('prices', 'list', {}, status)).toEqual({ entities: [{ entity: 'price' }], outboxRows: 7 });
    expect(await call('shop', 'list', {}, { system: 'erp', entities: [] })).toBe('HUB_NOT_FOUND');
  });

  test('what an app belongs to counts for all its objects', async () => {
    const within = { system: 'erp' };
    expect(await new Door({ roles: ['shop'] }, { within }).call('record', { query: { system: 'shop' } })).toBe(
      'HUB_NOT_FOUND',
    );
    expect(await new Door({ roles: ['shop'] }, { within: { system: 'shop' } }).call('record')).toBe('ok');
  });
});

describe('limits', () => {
  test('a person is counted by who they are, whatever address a header claims; the service is not counted', async () => {
    const door = new Door({ roles: ['viewer'] });
    await door.call('outbox', { headers: { 'x-forwarded-for': '1.1.1.1' } });
    await door.call('outbox', { headers: { 'x-forwarded-for': '2.2.2.2', forwarded: 'for=3.3.3.3' } });
    expect(door.taken).toEqual(['request ann', 'request ann']);
    const service = new Door({ subject: 'service', kind: 'service', roles: ['admin'] });
    await service.call('outbox');
    expect(service.taken).toEqual([]);
  });

  test('a wrong credential is counted by the address of its connection, whatever a header claims', async () => {
    const door = new Door({});
    for (const address of ['1.1.1.1', '2.2.2.2'])
      expect(
        await door.call('outbox', { headers: { authorization: 'Bearer guess', 'x-forwarded-for': address } }),
      ).toBe('HUB_UNAUTHORISED');
    expect(door.taken).toEqual(['login 10.0.0.1', 'login 10.0.0.1']);
    door.verdict = { isAllowed: false, retryAfterSeconds: 7 };
    expect(await door.call('outbox', { headers: { authorization: 'Bearer guess' } })).toBe('HUB_RATE_LIMITED');
  });

  test('beyond the limit nothing is done', async () => {
    const door = new Door({ roles: ['admin'] });
    door.verdict = { isAllowed: false, retryAfterSeconds: 7 };
    expect(await door.call('start', { body: {} })).toBe('HUB_RATE_LIMITED');
    expect(door.kept).toEqual([]);
  });
});

describe('the audit', () => {
  const phases = ({ kept }: Door) =>
    kept.map(({ phase, outcome, verb, actor }) => `${actor} ${verb} ${phase} ${outcome}`);

  test('keeps an act before it begins and how it ended', async () => {
    const door = new Door({ roles: ['admin'] });
    await door.call('start', { method: 'POST', body: { actor: 'somebody else' } });
    await door.call('start', {}, Object.assign(new Error('boom'), {}));
    expect(phases(door)).toEqual([
      ...[
        'ann start asked asked',
        'ann start ended done',
        'ann start asked asked',
        'ann start ended HUB_INVARIANT_BROKEN',
      ],
    ]);
    expect(new Set(door.kept.map(({ requestId }) => requestId)).size).toBe(2);
  });

  test('an act that can not be kept is not done, one that can be is', async () => {
    let done = 0;
    const work = (): void => void (done += 1);
    const lost = Object.assign(new Error('no database'), { code: 'HUB_DATABASE_UNREACHABLE' });
    const door = new Door({ roles: ['admin'] }, { trail: { record: () => Promise.reject(lost) } });
    expect(await door.call('start', {}, 'ok', work)).toBe('HUB_DATABASE_UNREACHABLE');
    expect(done).toBe(0);
    expect(await new Door({ roles: ['admin'] }).call('start', {}, 'ok', work)).toBe('ok');
    expect(done).toBe(1);
  });

  test('keeps who was refused what, and nothing of reads unless that is set; exports always', async () => {
    const door = new Door({ roles: ['viewer'] });
    await door.call('outbox');
    await door.call('approve');
    expect(phases(door)).toEqual(['ann approve denied HUB_FORBIDDEN']);
    const reader = new Door({ roles: ['data'] }, { auditsReads: true });
    await reader.call('outbox');
    await reader.call('dump', { params: { topic: 't' } });
    expect(phases(reader)).toEqual(['ann read seen asked', 'ann export seen asked']);
  });

  test('only the bearer of the service token says who stands behind it', async () => {
    const door = new Door({ subject: 'service', kind: 'service', roles: ['admin'] });
    await door.call('start', { body: { actor: 'cli:ben' } });
    expect(door.kept[0]).toMatchObject({ actor: 'cli:ben', kind: 'service' });
  });
});

test('a route that declares nothing is closed to everybody, an open one is open', async () => {
  expect(await new Door({ roles: ['admin'] }).call('undeclared')).toBe('HUB_FORBIDDEN');
  expect(await new Door({ roles: ['admin'] }).call('open', { headers: { authorization: '' } })).toBe('ok');
});
