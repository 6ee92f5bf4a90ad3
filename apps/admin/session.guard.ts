import { createHash, timingSafeEqual } from 'node:crypto';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { AccessRequest, Principal, SessionSource } from '#auth';
import { HubError } from '#kernel';
import type { StoredSession } from '#store-postgres';
import { readSessionCookie } from './session-cookie.js';
import type { Sessions } from './sessions.js';

const SAFE_METHODS = new Set(['GET', 'HEAD']);

/** What is read of a request to know its session. */
export type SessionRequest = Pick<AccessRequest, 'method' | 'headers'>;

/** Whose session a request belongs to. A request that changes something must show the session's CSRF token, too. */
export class SessionGuard implements SessionSource {
  constructor(private readonly sessions: Pick<Sessions, 'find'>) {}

  /** Only of the page's API: metrics and health are for tokens. @throws HubError HUB_UNAUTHORISED without the CSRF token where one is needed */
  async find(request: SessionRequest & Pick<AccessRequest, 'path'>): Promise<Principal | null> {
    const session = request.path.startsWith('/api/') ? await this.findSession(request) : null;
    if (!session) return null;
    const { subject, name, roles } = session;
    return { subject, name, kind: 'person', roles };
  }

  /** As {@link find}, with everything that is kept of the session. */
  async findSession({ method, headers }: SessionRequest): Promise<StoredSession | null> {
    const token = readSessionCookie(textOf(headers['cookie']));
    const session = token === null ? null : await this.sessions.find(token);
    if (session && !SAFE_METHODS.has(method) && !isSame(textOf(headers['x-csrf-token']), session.csrfToken))
      throw new HubError('HUB_UNAUTHORISED', 'The x-csrf-token of the session is missing or wrong: reload the page.');
    return session;
  }
}

/** Who acts, as services and audit name them: `web:admin`, `issuer#sub`, `key:plk_…`. */
export const Actor = createParamDecorator((_data: unknown, context: ExecutionContext): string => {
  const { access } = context.switchToHttp().getRequest<AccessRequest>();
  if (!access) throw new HubError('HUB_INVARIANT_BROKEN', 'A route without access control has no actor.');
  return access.actor();
});

function textOf(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}

function isSame(given: string | undefined, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return given !== undefined && timingSafeEqual(digest(given), digest(expected));
}
