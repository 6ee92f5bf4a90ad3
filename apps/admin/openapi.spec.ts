import 'reflect-metadata';
import { describe, expect, test } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import { CONTROLLERS } from './admin.module.js';
import { describeApi, routesOf } from './openapi.js';

@Controller('api')
class Planted {
  @Get('planted')
  planted(): string {
    return '';
  }
}

describe('the OpenAPI document', () => {
  test('describes every route, with what it takes', () => {
    const { paths } = describeApi(CONTROLLERS);
    expect(Object.keys(paths)).toHaveLength(
      new Set(CONTROLLERS.flatMap(routesOf).map((route) => route.split(' ')[1])).size,
    );
    expect(paths['/api/holds/{kind}/{id}/{decision}']?.['post']).toMatchObject({
      requestBody: { content: { 'application/json': { schema: { required: ['digest', 'reason'] } } } },
      security: [{ session: [] }],
    });
    expect(JSON.stringify(paths['/api/topics/{topic}/messages'])).toContain('"tombstones"');
  });

  test('a route that nobody described fails, and so does a description without a route', () => {
    expect(() => describeApi([...CONTROLLERS, Planted])).toThrow('GET /api/planted');
    expect(() => describeApi(CONTROLLERS.slice(1))).toThrow('POST /api/login');
  });

  test('only signing in needs no session', () => {
    const operations = Object.values(describeApi(CONTROLLERS).paths).flatMap((path) => Object.values(path));
    const open = operations.filter((operation) => (operation as { security: unknown[] }).security.length === 0);
    expect(open).toHaveLength(1);
  });
});
