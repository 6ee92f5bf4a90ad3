import { declaredRoutes, isAct, type DeclaredRoute, type RouteAccess } from '#auth';
import { HubError } from '#kernel';
import type { z } from 'zod';
import type { ApiDescription, ApiOperation, ApiSession, OpenApiDocument } from './api-operation.js';
import { answersOf, PROBLEM_SCHEMA } from './describe-answers.js';
import { toJsonSchema } from './to-json-schema.js';

const BEARER = {
  type: 'http',
  scheme: 'bearer',
  description: 'The hub’s own token, an API key, or an access token of the provider.',
};

const TEXT = { type: 'string' };

/**
 * Describes the routes that the controllers really have: who may call them, as they declare it; what they take, as they check it; what
 * they answer, with the problems.
 * @throws HubError HUB_INVARIANT_BROKEN for a route without a description, and for a description without a route
 */
export function describeApi(api: ApiDescription): OpenApiDocument {
  const { title, controllers, operations, session } = api;
  const routes = controllers.flatMap((controller) => declaredRoutes(controller));
  assertAllDescribed(routes.map(nameOf), Object.keys(operations));
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const operation = operations[nameOf(route)];
    if (operation) (paths[pathOf(route)] ??= {})[route.method.toLowerCase()] = toOperation(route, operation, session);
  }
  const cookie = session && { session: { type: 'apiKey', in: 'cookie', name: session.cookie } };
  return {
    openapi: '3.1.0',
    info: { title, version: '1' },
    paths,
    components: { schemas: { Problem: PROBLEM_SCHEMA }, securitySchemes: { ...cookie, bearer: BEARER } },
  };
}

/** `GET /holds/{id}`: as operations are named. */
function nameOf(route: DeclaredRoute): string {
  return `${route.method} ${pathOf(route)}`;
}

function pathOf({ path }: DeclaredRoute): string {
  return path.replace(/:(\w+)/g, '{$1}');
}

function assertAllDescribed(routes: readonly string[], described: readonly string[]): void {
  const known = new Set(described);
  const differing = [
    ...routes.filter((route) => !known.has(route)),
    ...described.filter((route) => !routes.includes(route)),
  ];
  if (differing.length === 0) return;
  const message = `Routes and their descriptions differ: ${differing.join(', ')}.`;
  throw new HubError('HUB_INVARIANT_BROKEN', message, { differing });
}

function toOperation(route: DeclaredRoute, operation: ApiOperation, session: ApiSession | undefined): object {
  const path = pathOf(route);
  const door = doorOf(route, operation, session);
  const parameters = [...parametersOf(path, operation), ...tokenOf(route, door)];
  const body = bodyOf(operation);
  return {
    summary: operation.summary,
    description: describeAccess(route.access),
    operationId: idOf(route.method, door.session ? path.slice(door.session.below.length - 1) : path),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: body }),
    responses: answersOf(route, operation),
    security: securityOf(door),
  };
}

/** What opens a route. */
interface Door {
  readonly isOpen: boolean;
  /** Besides a bearer token. */
  readonly session: ApiSession | null;
}

function doorOf(route: DeclaredRoute, { isOpen }: ApiOperation, session: ApiSession | undefined): Door {
  const isOfSession = session !== undefined && pathOf(route).startsWith(session.below);
  return { isOpen: isOpen ?? route.access?.kind === 'open', session: isOfSession ? session : null };
}

function securityOf({ isOpen, session }: Door): object[] {
  if (isOpen) return [];
  return [...(session ? [{ session: [] }] : []), { bearer: [] }];
}

/** What a session changes something with. */
function tokenOf({ method }: DeclaredRoute, { isOpen, session }: Door): object[] {
  return session && !isOpen && method !== 'GET' ? [parameter('header', session.header, TEXT, false)] : [];
}

function parametersOf(path: string, { query }: ApiOperation): object[] {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => parameter('path', name, TEXT, true));
  return [...inPath, ...(query ? queryParameters(query) : [])];
}

function bodyOf({ body, anyBody }: ApiOperation): object | null {
  if (body) return { required: true, content: { 'application/json': { schema: toJsonSchema(body) } } };
  return anyBody === undefined ? null : { description: anyBody, content: { '*/*': { schema: {} } } };
}

function describeAccess(access: RouteAccess | null): string {
  if (access === null) return 'Nobody may call it: it declares no permission.';
  if (access.kind === 'open') return `Needs no permission: ${access.why}.`;
  const { permission, scope } = access;
  const needs = `Needs the permission ${permission}`;
  const kept = isAct(permission) ? ' It is kept in the audit.' : '';
  if (scope === 'hub') return `${needs} on all of the hub.${kept}`;
  if (scope === 'answer') return `${needs}; what lies beyond the limits of the roles is left out.${kept}`;
  return `${needs}; what lies beyond the limits of the roles is not there (404).${kept}`;
}

function idOf(method: string, path: string): string {
  const camel = path.replace(/[{}]/g, '').replace(/[/.-](\w?)/g, (_, next: string) => next.toUpperCase());
  return `${method.toLowerCase()}${camel}`;
}

function queryParameters(query: z.ZodType): object[] {
  const { properties = {}, required = [] } = toJsonSchema(query) as {
    readonly properties?: Readonly<Record<string, object>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, schema]) => parameter('query', name, schema, required.includes(name)));
}

function parameter(place: string, name: string, schema: object, required: boolean): object {
  return { in: place, name, required, schema };
}
