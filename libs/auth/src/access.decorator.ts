import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { AccessRequest } from './access-request.js';
import type { RequestAccess } from './request-access.js';

/** The {@link RequestAccess} of the request. */
export const Access = createParamDecorator((_: unknown, context: ExecutionContext): RequestAccess | undefined => {
  return context.switchToHttp().getRequest<AccessRequest>().access;
});

/** The body with `actor` as proved: only the bearer of the service token may name another. Use it wherever a body has an actor. */
export const SignedBody = createParamDecorator((_: unknown, context: ExecutionContext): unknown => {
  const { body, access } = context.switchToHttp().getRequest<AccessRequest>();
  if (!access || typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  const { actor } = body as { readonly actor?: unknown };
  if (access.principal.kind === 'service') return body;
  return { ...body, actor: access.actor(typeof actor === 'string' ? actor : undefined) };
});
