import { SetMetadata, type CustomDecorator } from '@nestjs/common';
import type { PermissionName } from '#contracts';

/** Key of {@link RouteAccess} in a handler's metadata. */
export const ROUTE_ACCESS = 'plumbline:access';

/** Where a request names what it is about. */
export type ScopeSource = `${'param' | 'query' | 'body'}.${string}`;

/**
 * How far a grant that is limited to entities, systems or topics reaches on a route. By sources: the request names the object.
 * `object`: the handler looks it up and calls {@link RequestAccess.assertReaches}. `answer`: what is out of scope is left out of
 * the answer. `hub`: the route is about all of the hub, so only a grant without limits opens it.
 */
export type RouteScope =
  | 'hub'
  | 'answer'
  | 'object'
  | { readonly entity?: ScopeSource; readonly system?: ScopeSource; readonly topic?: ScopeSource };

/** Who may call a route. */
export type RouteAccess =
  | { readonly kind: 'open'; readonly why: string }
  | { readonly kind: 'permission'; readonly permission: PermissionName; readonly scope: RouteScope };

/** The permission that a route asks for. Every route of every app has this or {@link Open}; a route without answers 403. */
export function Permission(permission: PermissionName, scope: RouteScope = 'hub'): CustomDecorator {
  const access: RouteAccess = { kind: 'permission', permission, scope };
  return SetMetadata(ROUTE_ACCESS, access);
}

/** A route without a credential; `why` says what stands in for it. */
export function Open(why: string): CustomDecorator {
  const access: RouteAccess = { kind: 'open', why };
  return SetMetadata(ROUTE_ACCESS, access);
}
