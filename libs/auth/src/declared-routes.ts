import { HttpStatus, RequestMethod, type Type } from '@nestjs/common';
import {
  HEADERS_METADATA,
  HTTP_CODE_METADATA,
  METHOD_METADATA,
  PATH_METADATA,
  SSE_METADATA,
} from '@nestjs/common/constants.js';
import { ROUTE_ACCESS, type RouteAccess } from './permission.decorator.js';

/** A route of a controller as its decorators say it. */
export interface DeclaredRoute {
  readonly controller: string;
  readonly method: string;
  /** With a slash in front: `/holds/:id/approve`. */
  readonly path: string;
  /** Null where the route declares nothing. */
  readonly access: RouteAccess | null;
  /** Of the answer when all went well, unless the handler sets another. */
  readonly status: number;
  /** Media type that is declared, without its parameters; null where the answer decides. */
  readonly mediaType: string | null;
}

interface HeaderMetadata {
  readonly name: string;
  readonly value: unknown;
}

/** The HTTP routes of a controller, in the order of their methods; empty for one that only takes messages. */
export function declaredRoutes(controller: Type): readonly DeclaredRoute[] {
  const prototype = controller.prototype as Record<string, unknown>;
  return Object.getOwnPropertyNames(prototype).flatMap((name) => {
    const handler = Object.getOwnPropertyDescriptor(prototype, name)?.value as unknown;
    if (typeof handler !== 'function' || name === 'constructor') return [];
    const paths = [Reflect.getMetadata(PATH_METADATA, handler) as string | string[] | undefined].flat();
    const method = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
    if (method === undefined) return [];
    const access = (Reflect.getMetadata(ROUTE_ACCESS, handler) as RouteAccess | undefined) ?? null;
    const bases = [Reflect.getMetadata(PATH_METADATA, controller) as string | string[] | undefined].flat();
    const routes = bases.flatMap((base) => paths.map((path) => joined(base, path)));
    const answer = { status: statusOf(handler, method), mediaType: mediaTypeOf(handler) };
    return routes.map((path) => ({
      ...{ controller: controller.name, method: RequestMethod[method] ?? '', path, access },
      ...answer,
    }));
  });
}

/** Routes that nobody may call, since nobody said who may. */
export function undeclaredRoutes(controllers: readonly Type[]): readonly string[] {
  const routes = controllers.flatMap((controller) => declaredRoutes(controller));
  return routes
    .filter(({ access }) => access === null)
    .map(({ method, path, controller }) => `${method} ${path} of ${controller}`);
}

/** As Nest has it: 201 for POST, 200 for the rest. */
function statusOf(handler: object, method: RequestMethod): number {
  const declared = Reflect.getMetadata(HTTP_CODE_METADATA, handler) as number | undefined;
  return declared ?? (method === RequestMethod.POST ? HttpStatus.CREATED : HttpStatus.OK);
}

function mediaTypeOf(handler: object): string | null {
  if (Reflect.getMetadata(SSE_METADATA, handler) === true) return 'text/event-stream';
  const headers = (Reflect.getMetadata(HEADERS_METADATA, handler) as readonly HeaderMetadata[] | undefined) ?? [];
  const type = headers.find(({ name }) => name.toLowerCase() === 'content-type')?.value;
  return typeof type === 'string' ? (type.split(';')[0]?.trim() ?? null) : null;
}

function joined(...parts: readonly (string | undefined)[]): string {
  const steps = parts.flatMap((part) => (part ?? '').split('/')).filter((step) => step !== '');
  return `/${steps.join('/')}`;
}
