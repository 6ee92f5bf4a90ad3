import 'reflect-metadata';
import { describe, expect, test } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import { CONTROLLERS } from './admin.module.js';
import { describeAdmin } from './openapi.js';

@Controller('api')
class Planted {
  @Get('planted')
  planted(): string {
    return '';
  }
}

describe('the OpenAPI document', () => {
  test('describes every route, with what it takes', () => {
    const { paths } = describeAdmin(CONTROLLERS);
    expect(paths['/api/holds/{kind}/{id}/approve']?.['post']).toMatchObject({
      requestBody: { content: { 'application/json': { schema: { required: ['digest', 'reason'] } } } },
      security: [{ session: [] }, { bearer: [] }],
    });
    expect(JSON.stringify(paths['/api/topics/{topic}/messages'])).toContain('"tombstones"');
  });

  test('a route that nobody described fails, and so does a description without a route', () => {
    expect(() => describeAdmin([...CONTROLLERS, Planted])).toThrow('GET /api/planted');
    expect(() => describeAdmin(CONTROLLERS.slice(1))).toThrow('POST /api/login');
  });

  test('only signing in needs no session', () => {
    const operations = Object.entries(describeAdmin(CONTROLLERS).paths).flatMap(([path, verbs]) =>
      Object.values(verbs).map((operation) => [path, operation as { readonly security: readonly unknown[] }] as const),
    );
    const open = operations.filter(([, { security }]) => security.length === 0).map(([path]) => path);
    const ways = ['/health/live', '/api/sign-in', '/api/login', '/api/provider/sign-in', '/api/provider/callback'];
    expect([...open].sort()).toEqual([...ways].sort());
  });

  test('every route tells its problems, and what acts those of acts, too', () => {
    const { paths } = describeAdmin(CONTROLLERS);
    const statuses = (path: string, verb: string): string[] =>
      Object.keys((paths[path]?.[verb] as { readonly responses: object }).responses);
    expect(statuses('/api/rounds', 'get')).toEqual(['200', '400', '401', '403', '404', '429', '503']);
    expect(statuses('/api/rounds', 'post')).toEqual(['201', '400', '401', '403', '404', '409', '413', '429', '503']);
  });
});
