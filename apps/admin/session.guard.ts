import { createHash, timingSafeEqual } from 'node:crypto';
import { createParamDecorator, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { TokenGuard } from '#auth';
import type { AdminSession } from '#contracts';
import { HubError } from '#kernel';
import type { AuthPort } from './auth-port.js';
import { readSessionCookie } from './session-cookie.js';

interface RequestHead {
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  adminSession?: AdminSession;
}

const OPEN_PATHS = new Set(['/api/login', '/health/live']);
const SAFE_METHODS = new Set(['GET', 'HEAD']);

/**
 * Who may call what: `/api` needs a session and, for everything that changes something, its CSRF token; `/health/ready` and
 * `/metrics` need the hub's bearer token. Denied by default.
 */
export class SessionGuard implements CanActivate {
  private readonly services: TokenGuard;

  constructor(
    private readonly auth: AuthPort,
    token: string,
  ) {
    this.services = new TokenGuard(token);
  }

  /** @throws HubError HUB_UNAUTHORISED */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<RequestHead>();
    if (OPEN_PATHS.has(request.path)) return true;
    if (!request.path.startsWith('/api/')) return this.services.canActivate(context);
    const token = readSessionCookie(request.headers['cookie']);
    const session = token === null ? null : await this.auth.findSession(token);
    if (!session) throw new HubError('HUB_UNAUTHORISED', 'Sign in first.');
    if (!SAFE_METHODS.has(request.method) && !isSame(request.headers['x-csrf-token'], session.csrfToken))
      throw new HubError('HUB_UNAUTHORISED', 'The x-csrf-token of the session is missing or wrong: reload the page.');
    request.adminSession = session;
    return true;
  }
}

/** Who acts, as services and audit name him: `web:admin`. */
export const Actor = createParamDecorator((_data: unknown, context: ExecutionContext): string => {
  const { adminSession } = context.switchToHttp().getRequest<RequestHead>();
  if (!adminSession) throw new HubError('HUB_INVARIANT_BROKEN', 'A route without the session guard.');
  return `web:${adminSession.name}`;
});

function isSame(given: string | undefined, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return given !== undefined && timingSafeEqual(digest(given), digest(expected));
}
