import type { RequestAccess } from './request-access.js';

/** What guard and interceptors read of a request, and what the guard leaves there. */
export interface AccessRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly query?: unknown;
  readonly body?: unknown;
  readonly socket?: { readonly remoteAddress?: string | undefined };
  access?: RequestAccess;
}

/** What they do to the answer. */
export interface AccessResponse {
  setHeader(name: string, value: string): unknown;
}
