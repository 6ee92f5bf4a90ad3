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

const ERROR = {
  type: 'object',
  required: ['code', 'message', 'hint', 'details'],
  properties: {
    code: { type: 'string', description: 'A code of docs/errors.md.' },
    message: { type: 'string' },
    hint: { type: 'string', description: 'What to do.' },
    details: { type: 'object' },
  },
};

/** Routes of a controller as `GET /api/rounds/{id}`. Pure. */
export function routesOf(controller: Type): string[] {
  const base = String(Reflect.getMetadata(PATH_METADATA, controller) ?? '');
  const methods = controller.prototype as Record<string, object>;
  return Object.getOwnPropertyNames(methods).flatMap((name) => {
    const handler = methods[name];
    const path: unknown = handler && Reflect.getMetadata(PATH_METADATA, handler);
    if (name === 'constructor' || !handler || typeof path !== 'string') return [];
    const verb = RequestMethod[Number(Reflect.getMetadata(METHOD_METADATA, handler))];
    const full = `/${base}/${path}`.replace(/\/+/g, '/').replace(/:(\w+)/g, '{$1}');
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
      schemas: { Error: ERROR },
      securitySchemes: { session: { type: 'apiKey', in: 'cookie', name: 'plumbline_session' } },
    },
  };
}

function toOperation(path: string, verb: string, { summary, query, body, status = 200, isOpen }: Operation): object {
  const changes = verb !== 'GET' && !isOpen;
  const parameters = [
    ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => parameter('path', name ?? '', { type: 'string' }, true)),
    ...(query ? queryParameters(query) : []),
    ...(changes ? [parameter('header', 'x-csrf-token', { type: 'string' }, true)] : []),
  ];
  return {
    summary,
    operationId: `${verb.toLowerCase()}${path.replace(/^\/api|[{}]/g, '').replace(/[/-](\w?)/g, (_, next: string) => next.toUpperCase())}`,
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: true, content: { 'application/json': { schema: toSchema(body) } } } }),
    responses: {
      [status]: { description: 'Done.', ...(status === 200 && { content: { 'application/json': { schema: {} } } }) },
      default: {
        description: 'An error with its code and what to do.',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
    },
    security: isOpen ? [] : [{ session: [] }],
  };
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
