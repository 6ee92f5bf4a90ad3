import { RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { ROUTE_ACCESS, type RouteAccess } from './permission.decorator.js';

/** A route of a controller as its decorators say it. */
export interface DeclaredRoute {
  readonly controller: string;
  readonly method: string;
  /** With a slash in front: `/holds/:id/approve`. */
  readonly path: string;
  /** Null where the route declares nothing. */
  readonly access: RouteAccess | null;
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
    return routes.map((path) => ({ controller: controller.name, method: RequestMethod[method] ?? '', path, access }));
  });
}

/** Routes that nobody may call, since nobody said who may. */
export function undeclaredRoutes(controllers: readonly Type[]): readonly string[] {
  const routes = controllers.flatMap((controller) => declaredRoutes(controller));
  return routes
    .filter(({ access }) => access === null)
    .map(({ method, path, controller }) => `${method} ${path} of ${controller}`);
}

function joined(...parts: readonly (string | undefined)[]): string {
  const steps = parts.flatMap((part) => (part ?? '').split('/')).filter((step) => step !== '');
  return `/${steps.join('/')}`;
}
