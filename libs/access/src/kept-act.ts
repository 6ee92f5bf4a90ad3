import type { AuditTrail } from '#audit';
import type { Principal } from '#auth';
import { toHubError } from '#kernel';

/** Who changes who may do what: proved by the page, or whoever has the database and the CLI. */
export interface Changer {
  readonly principal: Principal;
  /** As the audit names them. */
  readonly actor: string;
  /** Joins what is kept here with what the page's own audit has of the request. */
  readonly requestId: string;
}

/**
 * Changes who may do what: kept before it is done, and not done where that fails; how it ended is kept, too.
 * @param did what is kept of the result besides `what`. @throws what the act throws, and HubError HUB_DATABASE_*
 */
export async function keptAct<T>(
  trail: Pick<AuditTrail, 'record'>,
  { what, by, did = () => '' }: { readonly what: string; readonly by: Changer; readonly did?: (result: T) => string },
  act: () => Promise<T>,
): Promise<T> {
  const { actor, requestId, principal } = by;
  const event = { actor, requestId, kind: principal.kind, verb: 'change', resource: 'access' };
  await trail.record({ ...event, target: what, phase: 'asked', outcome: 'asked' });
  try {
    const result = await act();
    await trail.record({ ...event, target: `${what}${did(result)}`, phase: 'ended', outcome: 'done' });
    return result;
  } catch (error) {
    await trail.record({ ...event, target: what, phase: 'ended', outcome: toHubError(error).code });
    throw error;
  }
}
