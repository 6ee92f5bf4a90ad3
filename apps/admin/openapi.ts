import { PATH_METADATA, METHOD_METADATA } from '@nestjs/common/constants.js';
import { RequestMethod, type Type } from '@nestjs/common';
import { HubError } from '#kernel';
import { z } from 'zod';
import { OPERATIONS, type Operation } from './operations.js';

/** An OpenAPI 3.1 document. */
export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, object>>>>;
  readonly components: object;
}

const PROBLEM = {
  type: 'object',
  description: 'Problem details (RFC 9457).',
  required: ['type', 'title', 'status', 'detail', 'code', 'hint', 'details'],
  properties: {
    type: { type: 'string', format: 'uri', description: 'urn:plumbline:error: and the code.' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What went wrong this time.' },
    instance: { type: 'string', format: 'uri', description: 'Names the request, as x-request-id and the audit do.' },
    code: { type: 'string', description: 'A code of docs/errors.md.' },
    hint: { type: 'string', description: 'What to do.' },
    details: { type: 'object' },
  },
};

/** What else a route answers; the codes of each are in docs/errors.md. */
const PROBLEMS: Readonly<Record<number, string>> = {
  400: 'The request is wrong.',
  401: 'Nobody is signed in, or the CSRF token is missing.',
  403: 'No role of the caller has the permission.',
  404: 'There is no such thing, or none that the roles reach.',
  409: 'It moved since it was shown, or a second person is needed.',
  413: 'The body is too large.',
  429: 'Too many requests; Retry-After says when to come back.',
  503: 'A service that is needed does not answer now.',
};
const OF_ACTS = new Set(['409', '413']);

/** Routes of a controller as `GET /api/rounds/{id}`. Pure. */
export function routesOf(controller: Type): string[] {
  const base = String(Reflect.getMetadata(PATH_METADATA, controller) ?? '');
  const methods = controller.prototype as Record<string, object>;
  return Object.getOwnPropertyNames(methods).flatMap((name) => {
    const handler = methods[name];
    const path: unknown = handler && Reflect.getMetadata(PATH_METADATA, handler);
    if (name === 'constructor' || !handler || typeof path !== 'string') return [];
    const verb = RequestMethod[Number(Reflect.getMetadata(METHOD_METADATA, handler))];
    const full = `/${base}/${path}`
      .replace(/\/+/g, '/')
      .replace(/(?<=.)\/$/, '')
      .replace(/:(\w+)/g, '{$1}');
    return [`${verb} ${full}`];
  });
}

/**
 * Describes the routes that the controllers really have.
 * @throws HubError HUB_INVARIANT_BROKEN for a route without a description, and for a description without a route
 */
export function describeApi(controllers: readonly Type[]): OpenApiDocument {
  const routes = controllers.flatMap(routesOf);
  const unknown = [
    ...routes.filter((route) => !Object.hasOwn(OPERATIONS, route)),
    ...Object.keys(OPERATIONS).filter((route) => !routes.includes(route)),
  ];
  if (unknown.length > 0)
    throw new HubError('HUB_INVARIANT_BROKEN', `Routes and operations.ts differ: ${unknown.join(', ')}.`, { unknown });
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const [verb = '', path = ''] = route.split(' ');
    const operation = OPERATIONS[route];
    if (operation) (paths[path] ??= {})[verb.toLowerCase()] = toOperation(path, verb, operation);
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Plumbline admin API', version: '1' },
    paths,
    components: {
      schemas: { Problem: PROBLEM },
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: 'plumbline_session' },
        bearer: { type: 'http', scheme: 'bearer', description: 'An API key, or an access token of the provider.' },
      },
    },
  };
}

function toOperation(path: string, verb: string, operation: Operation): object {
  const { summary, query, body, status = 200, isOpen = false, type = 'application/json' } = operation;
  const changes = verb !== 'GET' && !isOpen;
  const parameters = [
    ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => parameter('path', name ?? '', { type: 'string' }, true)),
    ...(query ? queryParameters(query) : []),
    ...(changes ? [parameter('header', 'x-csrf-token', { type: 'string' }, false)] : []),
  ];
  return {
    summary,
    operationId: `${verb.toLowerCase()}${path.replace(/^\/api|[{}]/g, '').replace(/[/-](\w?)/g, (_, next: string) => next.toUpperCase())}`,
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: true, content: { 'application/json': { schema: toSchema(body) } } } }),
    responses: { [status]: answerOf(status, type), ...problemsOf(verb) },
    security: isOpen ? [] : [{ session: [] }, { bearer: [] }],
  };
}

function answerOf(status: number, type: string): object {
  if (status === 302) return { description: 'Goes on there.', headers: { location: { schema: { type: 'string' } } } };
  if (status === 204) return { description: 'Done.' };
  return { description: 'Done.', content: { [type]: { schema: {} } } };
}

function problemsOf(verb: string): Record<string, object> {
  const content = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
  const possible = Object.entries(PROBLEMS).filter(([status]) => verb !== 'GET' || !OF_ACTS.has(status));
  return Object.fromEntries(possible.map(([status, description]) => [status, { description, content }]));
}

function queryParameters(query: z.ZodType): object[] {
  const { properties = {}, required = [] } = toSchema(query) as {
    readonly properties?: Readonly<Record<string, object>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, schema]) => parameter('query', name, schema, required.includes(name)));
}

function parameter(place: string, name: string, schema: object, required: boolean): object {
  return { in: place, name, required, schema };
}

/** What a request may hold, before it is read. */
function toSchema(schema: z.ZodType): object {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return rest;
}
