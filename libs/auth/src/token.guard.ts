import { createHash, timingSafeEqual } from 'node:crypto';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { HubError } from '#kernel';

/** Who calls these proves nothing, or proves it otherwise: a webhook by its signature. */
const OPEN_PATHS = new Set(['/health/live', '/webhook']);

interface RequestHead {
  readonly path: string;
  readonly headers: { readonly authorization?: string | undefined };
}

/** Lets a request pass that carries the bearer token; `/health/live` and `/webhook` (signed) are open. Compares in constant time. */
export class TokenGuard implements CanActivate {
  private readonly expected: Buffer;

  constructor(token: string) {
    this.expected = digest(token);
  }

  /** @throws HubError HUB_UNAUTHORISED */
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<RequestHead>();
    if (OPEN_PATHS.has(request.path) || this.isAllowed(request.headers.authorization)) return true;
    throw new HubError('HUB_UNAUTHORISED', 'This needs the bearer token.');
  }

  private isAllowed(header: string | undefined): boolean {
    const given = /^Bearer (\S+)$/i.exec(header ?? '')?.[1];
    return given !== undefined && timingSafeEqual(digest(given), this.expected);
  }
}

/** Digests have one length, so that the comparison does not tell the length of the token. */
function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
