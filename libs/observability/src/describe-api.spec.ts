import 'reflect-metadata';
import { describe, expect, test } from '@jest/globals';
import { Body, Controller, Get, Header, HttpCode, Param, Post, Query } from '@nestjs/common';
import { Open, Permission } from '#auth';
import { z } from 'zod';
import { describeApi, type ApiDescription, type ApiOperation } from './index.js';

@Controller('things')
class ThingsController {
  @Permission('record:read', { entity: 'param.entity' })
  @Get(':entity')
  @Header('Content-Type', 'text/csv; charset=utf-8')
  find(@Param('entity') entity: string, @Query() query: unknown): unknown {
    return { entity, query };
  }

  @Permission('hold:approve')
  @Post(':entity/approve')
  @HttpCode(204)
  approve(@Body() body: unknown): unknown {
    return body;
  }

  @Open('its sender signs it')
  @Post()
  take(): string {
    return '';
  }
}

const operations = {
  'GET /things/{entity}': {
    summary: 'Finds.',
    query: z.object({ at: z.string(), limit: z.coerce.number().int().max(9).default(3) }),
    answers: { 304: 'Known.', 503: 'Not ready.' },
  },
  'POST /things/{entity}/approve': { summary: 'Approves.', body: z.strictObject({ digest: z.string().min(1) }) },
  'POST /things': { summary: 'Takes.', anyBody: 'As it is sent.' },
} satisfies Readonly<Record<string, ApiOperation>>;
const API: ApiDescription = { title: 'Things', controllers: [ThingsController], operations };
const SESSION = { cookie: 'c', header: 'x-token', below: '/things/' };

describe('describing an API', () => {
  const { paths } = describeApi(API);

  test('tells parameters, defaults and limits as they are checked', () => {
    expect(paths['/things/{entity}']?.['get']).toMatchObject({
      parameters: [
        { in: 'path', name: 'entity', required: true },
        { in: 'query', name: 'at', required: true },
        { in: 'query', name: 'limit', required: false, schema: { maximum: 9, default: 3 } },
      ],
    });
    expect(paths['/things/{entity}/approve']?.['post']).toMatchObject({
      requestBody: { required: true, content: { 'application/json': { schema: { additionalProperties: false } } } },
    });
    expect(paths['/things']?.['post']).toMatchObject({ requestBody: { content: { '*/*': {} } } });
  });

  test('tells status and media type as the decorators do, other answers, and the problems', () => {
    const responses = (path: string, verb: string) =>
      (paths[path]?.[verb] as { readonly responses: Readonly<Record<string, { readonly content?: object }>> })
        .responses;
    const found = responses('/things/{entity}', 'get');
    expect(Object.keys(found)).toEqual(['200', '304', '400', '401', '403', '404', '429', '503']);
    expect(Object.keys(found['200']?.content ?? {})).toEqual(['text/csv']);
    expect(found['304']?.content).toBeUndefined();
    expect(Object.keys(found['503']?.content ?? {})).toEqual(['application/json', 'application/problem+json']);
    const approved = responses('/things/{entity}/approve', 'post');
    expect(Object.keys(approved)).toEqual(['204', '400', '401', '403', '404', '409', '413', '429', '503']);
    expect(responses('/things', 'post')).toHaveProperty('201');
  });

  test('tells who may, and a session only of what it opens', () => {
    const said = (path: string, verb: string) => paths[path]?.[verb] as { readonly description: string };
    expect(said('/things/{entity}', 'get').description).toMatch(/^Needs the permission record:read; what lies beyond/);
    expect(said('/things/{entity}/approve', 'post').description).toMatch(
      /on all of the hub\. It is kept in the audit\.$/,
    );
    expect(said('/things', 'post')).toMatchObject({
      description: 'Needs no permission: its sender signs it.',
      security: [],
    });
    const ofPage = describeApi({ ...API, session: SESSION }).paths;
    expect(ofPage['/things/{entity}/approve']?.['post']).toMatchObject({
      security: [{ session: [] }, { bearer: [] }],
      parameters: [{ in: 'path' }, { in: 'header', name: 'x-token' }],
    });
    expect(ofPage['/things']?.['post']).toMatchObject({ security: [] });
  });

  test('fails for a route that nobody described, and for a description without a route', () => {
    const { 'POST /things': _none, ...fewer } = operations;
    expect(() => describeApi({ ...API, operations: fewer })).toThrow('POST /things');
    expect(() => describeApi({ ...API, operations: { ...operations, 'GET /gone': { summary: 'Gone.' } } })).toThrow(
      'GET /gone',
    );
  });
});
