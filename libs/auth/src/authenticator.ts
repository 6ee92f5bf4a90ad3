import { createHash, timingSafeEqual } from 'node:crypto';
import { ACTING_PREFIX, ActingTokens } from './acting-tokens.js';
import { API_KEY_PREFIX, type ApiKeys } from './api-keys.js';
import type { OidcTokens } from './oidc-tokens.js';
import { SERVICE_PRINCIPAL, type Principal } from './principal.js';

/** Proves who stands behind a bearer token. */
export interface Authenticator {
  /** Null for a token that proves nothing. @throws HubError HUB_DATABASE_*, HUB_IDENTITY_UNREACHABLE when it can't be told now */
  authenticate(token: string): Promise<Principal | null>;
}

/** Which kinds of tokens are taken. */
export interface AuthenticatorOptions {
  readonly serviceToken: string;
  readonly apiKeys?: Pick<ApiKeys, 'verify'>;
  readonly oidc?: Pick<OidcTokens, 'verify'>;
}

/** The service token, tokens of who acts by another app, API keys and access tokens of the provider, told apart by their form. */
export class BearerAuthenticator implements Authenticator {
  private readonly expected: Buffer;
  private readonly acting: ActingTokens;

  constructor(private readonly options: AuthenticatorOptions) {
    this.expected = digest(options.serviceToken);
    this.acting = new ActingTokens(options.serviceToken);
  }

  async authenticate(token: string): Promise<Principal | null> {
    // Digests have one length, so that the comparison does not tell the length of the token.
    if (timingSafeEqual(digest(token), this.expected)) return SERVICE_PRINCIPAL;
    const { apiKeys, oidc } = this.options;
    if (token.startsWith(ACTING_PREFIX)) return this.acting.verify(token);
    if (token.startsWith(API_KEY_PREFIX)) return (await apiKeys?.verify(token)) ?? null;
    return token.split('.').length === 3 ? ((await oidc?.verify(token)) ?? null) : null;
  }
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
