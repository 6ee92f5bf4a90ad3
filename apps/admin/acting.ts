import { AsyncLocalStorage } from 'node:async_hooks';
import type { AccessRequest, ActingTokens, RequestAccess } from '#auth';
import { HubError } from '#kernel';

const requests = new AsyncLocalStorage<AccessRequest>();

/** Runs `work` for a request: services that are called in it are called in the name of who sent it, also after awaits. */
export function actingFor<T>(request: AccessRequest, work: () => T): T {
  return requests.run(request, work);
}

/** Id of the request that is being answered. */
export function actingRequestId(): string | undefined {
  return requests.getStore()?.access?.requestId;
}

/**
 * The token for a call to a service: in the name of who sent the request. Whoever has the service token already, keeps it.
 * Without a request that came past the access guard there is no token at all, rather than the hub's own with every right.
 */
export function actingToken({
  tokens,
  serviceToken,
}: {
  readonly tokens: Pick<ActingTokens, 'issue'>;
  readonly serviceToken: string;
}): () => Promise<string> {
  return async () => {
    const { principal } = currentAccess();
    return principal.kind === 'service' ? serviceToken : tokens.issue(principal);
  };
}

function currentAccess(): RequestAccess {
  const access = requests.getStore()?.access;
  if (!access) throw new HubError('HUB_INVARIANT_BROKEN', 'A service was called for nobody.');
  return access;
}
