import type { AuditEvent } from '#audit';
import type { AccessRequest } from './access-request.js';
import type { RequestAccess } from './request-access.js';

const MAX_LENGTH = 200;
/** The first half of a pair of UTF-16 at the end: no database gives it back as it was. */
const CUT_PAIR = /\p{Cs}$/u;

/** What the audit keeps of a request: who, what, on what. Ids and names from the address, never a body. */
export function targetOf(request: AccessRequest, access: RequestAccess): Omit<AuditEvent, 'phase' | 'outcome'> {
  const { principal, permission, requestId } = access;
  const [resource = '', verb = ''] = permission.split(':');
  const target = `${request.method} ${request.path}`.slice(0, MAX_LENGTH);
  return { actor: access.actor(claimedActor(request.body)), kind: principal.kind, verb, resource, target, requestId };
}

function claimedActor(body: unknown): string | undefined {
  const actor = typeof body === 'object' && body !== null ? (body as { readonly actor?: unknown }).actor : undefined;
  return typeof actor === 'string' ? actor.slice(0, MAX_LENGTH).replace(CUT_PAIR, '') : undefined;
}
