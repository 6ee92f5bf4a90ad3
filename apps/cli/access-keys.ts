import { randomUUID } from 'node:crypto';
import type { OpenApiKeys } from '#access';
import { HubError } from '#kernel';
import type { CliContext } from './context.js';

const BUILT_IN = ['viewer', 'operator', 'data', 'approver', 'admin'];

/** @throws HubError HUB_REQUEST_INVALID for a role that neither every hub nor this one has */
export function assertKnownRoles(context: CliContext, roles: readonly string[]): void {
  const known = [...BUILT_IN, ...Object.keys(context.hub.access?.roles ?? {})];
  const unknown = roles.filter((role) => !known.includes(role));
  if (unknown.length > 0)
    throw new HubError('HUB_REQUEST_INVALID', `Unknown role ${unknown.join(', ')}; there are ${known.join(', ')}.`);
}

/** Works on who may do what; what changes them is kept before it is done. @param act null for what only reads */
export async function withKeys<T>(
  context: CliContext,
  act: string | null,
  work: (opened: OpenApiKeys) => Promise<T>,
): Promise<T> {
  const { withApiKeys, auditKeysFor } = await import('#access');
  const { AUDIT_KEYS } = context.config;
  const keys = auditKeysFor(AUDIT_KEYS, AUDIT_KEYS ? '' : context.token);
  const place = { file: context.hub, url: context.server('DATABASE_URL'), keys };
  return withApiKeys(place, async (opened) => {
    if (act === null) return work(opened);
    const what = { actor: context.actor, kind: 'service', verb: 'change', resource: 'access', target: act } as const;
    const event = { ...what, requestId: randomUUID() };
    await opened.trail.record({ ...event, phase: 'asked', outcome: 'asked' });
    const result = await work(opened);
    await opened.trail.record({ ...event, phase: 'ended', outcome: 'done' });
    return result;
  });
}
