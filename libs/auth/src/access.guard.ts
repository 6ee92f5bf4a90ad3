import { randomUUID } from 'node:crypto';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { AuditTrail } from '#audit';
import { HubError } from '#kernel';
import type { AccessRequest, AccessResponse } from './access-request.js';
import type { Authenticator } from './authenticator.js';
import { ROUTE_ACCESS, type RouteAccess, type RouteScope, type ScopeSource } from './permission.decorator.js';
import type { Principal } from './principal.js';
import { assertWithinLimit, type RateLimiter } from './rate-limiter.js';
import { outOfScope, RequestAccess } from './request-access.js';
import { targetOf } from './request-target.js';
import type { RoleTable, ScopedObject } from './roles.js';

/** Who is proved otherwise than by a bearer token: people at a page, by their session. */
export interface SessionSource {
  /** Null without a session. @throws HubError HUB_UNAUTHORISED for a session whose request proves not to come from its page */
  find(request: AccessRequest): Promise<Principal | null>;
}

/** What the front door of an app decides with. */
export interface AccessOptions {
  readonly authenticator: Authenticator;
  readonly roles: RoleTable;
  /** Of an app with pages; asked where there is no bearer token. */
  readonly sessions?: SessionSource;
  /** What every object of this app belongs to: of a connector, its system. */
  readonly within?: ScopedObject;
  /** Without one nothing is limited. */
  readonly limiter?: RateLimiter;
  /** Without one nothing is kept. */
  readonly trail?: Pick<AuditTrail, 'record'>;
  /** Whether reads are kept, too; exports and acts always are. */
  readonly auditsReads?: boolean;
}

const REQUEST_ID = /^[\w.-]{1,64}$/;

/**
 * Lets a request pass whose route declares a permission that the caller has. Denies by default: a route that declares nothing
 * answers 403. In the order: who is it, how often, may it, and on this object; what is out of scope answers 404.
 */
export class AccessGuard implements CanActivate {
  private readonly reflector = new Reflector();

  constructor(private readonly options: AccessOptions) {}

  /** @throws HubError HUB_UNAUTHORISED, HUB_RATE_LIMITED, HUB_FORBIDDEN, HUB_NOT_FOUND */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const route = this.reflector.getAllAndOverride<RouteAccess | undefined>(ROUTE_ACCESS, [context.getHandler()]);
    const http = context.switchToHttp();
    const request = http.getRequest<AccessRequest>();
    const requestId = requestIdOf(request);
    http.getResponse<AccessResponse>().setHeader('x-request-id', requestId);
    if (route?.kind === 'open') return true;
    const principal = await this.authenticate(request);
    if (principal.kind !== 'service' && !principal.isVouchedFor)
      await assertWithinLimit(this.options.limiter, 'request', principal.subject);
    if (!route) throw new HubError('HUB_FORBIDDEN', 'This route declares no permission, so nobody may call it.');
    const { roles, within } = this.options;
    const { permission } = route;
    const access = new RequestAccess({ principal, permission, roles, requestId, ...(within && { within }) });
    const denial = denialOf(access, route.scope, request);
    if (denial) {
      await this.options.trail?.record({ ...targetOf(request, access), phase: 'denied', outcome: denial.code });
      throw denial;
    }
    request.access = access;
    return true;
  }

  private async authenticate(request: AccessRequest): Promise<Principal> {
    const { authenticator, sessions, limiter } = this.options;
    const header = request.headers['authorization'];
    const token = typeof header === 'string' ? /^Bearer (\S+)$/i.exec(header)?.[1] : undefined;
    const principal = await (token === undefined ? sessions?.find(request) : authenticator.authenticate(token));
    if (principal) return principal;
    // By the address of the connection: what a header says of it anyone can write.
    if (token !== undefined) await assertWithinLimit(limiter, 'login', request.socket?.remoteAddress ?? 'unknown');
    const needed = 'This needs a bearer token: the hub’s own, an API key, or one of its provider.';
    throw new HubError('HUB_UNAUTHORISED', sessions ? 'Sign in first.' : needed);
  }
}

function denialOf(access: RequestAccess, scope: RouteScope, request: AccessRequest): HubError | null {
  const { permission, isGranted, isUnlimited } = access;
  const forbidden = new HubError('HUB_FORBIDDEN', `This needs the permission ${permission}.`, { permission });
  if (!isGranted) return forbidden;
  if (isUnlimited || scope === 'answer' || scope === 'object') return null;
  if (scope === 'hub') return forbidden;
  const named = Object.entries(scope).map(([dimension, source]) => [dimension, valueAt(request, source)]);
  return access.reaches(Object.fromEntries(named) as ScopedObject) ? null : outOfScope();
}

function valueAt(request: AccessRequest, source: ScopeSource): string | undefined {
  const [part, name = ''] = source.split('.');
  const from = { param: request.params, query: request.query, body: request.body }[part as 'param' | 'query' | 'body'];
  if (typeof from !== 'object' || from === null || !Object.hasOwn(from, name)) return undefined;
  const value = (from as Readonly<Record<string, unknown>>)[name];
  return typeof value === 'string' ? value : undefined;
}

function requestIdOf({ headers }: AccessRequest): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}
