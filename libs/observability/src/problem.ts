import type { ErrorCode, HubError } from '#kernel';

/** Content type of every error answer. */
export const PROBLEM_TYPE = 'application/problem+json';

/**
 * Body of every error answer: problem details.
 * @see https://www.rfc-editor.org/rfc/rfc9457
 */
export interface Problem {
  /** `urn:plumbline:error:` and the code; docs/errors.md says more of each. */
  readonly type: string;
  /** The same for every problem of its type. */
  readonly title: string;
  readonly status: number;
  /** What went wrong this time. */
  readonly detail: string;
  /** `urn:plumbline:request:` and the request's id, as in the header `x-request-id` and in the audit. */
  readonly instance?: string;
  readonly code: ErrorCode;
  /** What to do. */
  readonly hint: string;
  /** Ids, positions and limits. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** An error as it leaves. What caused a bug is not told. @param requestId null for a request that never had one */
export function toProblem(error: HubError, status: number, requestId: string | null): Problem {
  const { code, hint } = error;
  const isForeign = error.disposition === 'crash' && error.cause !== undefined;
  const details = Object.entries(error.details).map(([name, value]) => [
    name,
    typeof value === 'bigint' ? value.toString() : value,
  ]);
  return {
    type: `urn:plumbline:error:${code}`,
    title: titleOf(code),
    status,
    detail: isForeign ? 'Unexpected error; see the log of this service.' : error.message,
    ...(requestId !== null && { instance: `urn:plumbline:request:${requestId}` }),
    code,
    hint,
    details: Object.fromEntries(details) as Problem['details'],
  };
}

/** `HUB_NOT_FOUND`: `Not found`. */
function titleOf(code: ErrorCode): string {
  const words = code.replace(/^HUB_/, '').replaceAll('_', ' ').toLowerCase();
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}
