import { HubError } from '#kernel';

/** Of an answer, what an error is made of. */
interface Refusal {
  readonly status: number;
  /** Looked at for the word `sealed` alone; never repeated. */
  readonly text: string;
}

const SEALED = /"errors":.*\bsealed\b/is;

/** Nothing that speaks as a vault answered. @param message says why, without a secret */
export function notReached(host: string, message: string): HubError {
  return new HubError('HUB_VAULT_UNREACHABLE', message, { host });
}

/** No secret is there, its newest version was deleted, or the KV engine's path is another. */
export function missing(host: string, path: string): HubError {
  return new HubError('HUB_VAULT_SECRET_MISSING', `The vault at ${host} has no secret at ${path}.`, { host, path });
}

/** The secret is there, and has no such field, or one that is no text. */
export function fieldMissing(path: string, field: string, isThere: boolean): HubError {
  const what = isThere
    ? `The field ${field} of ${path} in the vault is no text.`
    : `The secret ${path} in the vault has no field ${field}.`;
  return new HubError('HUB_VAULT_SECRET_MISSING', what, { path, field });
}

/** Why a secret was not shown. */
export function readRefused(
  answer: Refusal,
  { host, path }: { readonly host: string; readonly path: string },
): HubError {
  const why = `The vault at ${host} does not show ${path}: the token is not valid, or its policy may not read there.`;
  return serverProblem(answer, host) ?? new HubError('HUB_VAULT_REFUSED', why, { host, path, status: answer.status });
}

/** Why the AppRole got no token. */
export function loginRefused(answer: Refusal, host: string): HubError {
  const why = `The vault at ${host} gives the AppRole no token: VAULT_ROLE_ID or VAULT_SECRET_ID is not valid there.`;
  return serverProblem(answer, host) ?? new HubError('HUB_VAULT_REFUSED', why, { host, status: answer.status });
}

/** What is wrong with the server and not with the question; null for 4xx. A load balancer, too, answers 503. */
function serverProblem({ status, text }: Refusal, host: string): HubError | null {
  if (status === 503 && SEALED.test(text))
    return new HubError('HUB_VAULT_SEALED', `The vault at ${host} is sealed.`, { host, status });
  if (status === 429) return notReached(host, `The vault at ${host} is asked too often (429).`);
  if (status >= 300 && status < 400)
    return notReached(
      host,
      `The vault at ${host} sends elsewhere (${status}): VAULT_ADDR must be that of the active one.`,
    );
  return status >= 400 && status < 500 ? null : notReached(host, `The vault at ${host} answered ${status}.`);
}
