import { personOfClaims, type OidcSettings, type OidcTokens } from '#auth';
import { HubError } from '#kernel';
import type { PostgresAdminSessions, SessionOwner } from '#store-postgres';
import * as client from 'openid-client';
import { hashOfSecret, randomSecret } from './sessions.js';

/** The page as the provider knows it. */
export interface ProviderClient {
  readonly id: string;
  /** Undefined for a public client: PKCE alone then proves that who comes back is who went. */
  readonly secret?: string | undefined;
}

/** How people sign in at the provider. */
export interface ProviderSignInOptions {
  readonly settings: OidcSettings;
  readonly client: ProviderClient;
  /** Address of the page for browsers, without a slash at the end; known once it listens. */
  readonly pageUrl: () => string;
  readonly store: Pick<PostgresAdminSessions, 'beginSignIn' | 'takeSignIn'>;
  /** For roles that stand in the access token only. */
  readonly tokens: Pick<OidcTokens, 'verify'>;
}

/** Somebody who came back from the provider. */
export interface ReturnedPerson {
  readonly owner: SessionOwner;
  /** Path of the page. */
  readonly returnTo: string;
}

const SIGN_IN_TTL_MS = 10 * 60_000;
const TIMEOUT_S = 10;
/** Where the provider sends people back to. */
export const CALLBACK_PATH = '/api/provider/callback';

/**
 * Signing in at an OpenID provider: authorization code with PKCE, state and nonce. What has to come back is kept by the server,
 * under a handle that only the browser which began has, and serves once.
 * @see https://www.rfc-editor.org/rfc/rfc9700
 */
export class ProviderSignIn {
  private found: Promise<client.Configuration> | null = null;

  constructor(private readonly options: ProviderSignInOptions) {}

  get issuer(): string {
    return this.options.settings.issuer;
  }

  /** @returns where to send the browser, and the handle for its cookie. @throws HubError HUB_IDENTITY_UNREACHABLE */
  async begin(returnTo: string): Promise<{ readonly address: string; readonly handle: string }> {
    const provider = await this.discover();
    const [handle, verifier] = [randomSecret(), client.randomPKCECodeVerifier()];
    const [state, nonce] = [client.randomState(), client.randomNonce()];
    await this.options.store.beginSignIn(hashOfSecret(handle), { state, nonce, verifier, returnTo }, SIGN_IN_TTL_MS);
    const address = client.buildAuthorizationUrl(provider, {
      ...{ redirect_uri: this.callback().href, scope: 'openid profile email', state, nonce },
      ...{ code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256' },
    });
    return { address: address.href, handle };
  }

  /**
   * @param query of the callback's address. @throws HubError HUB_UNAUTHORISED for an answer that does not fit what this browser
   *   began, or a refusal; HUB_IDENTITY_UNREACHABLE
   */
  async finish(handle: string, query: string): Promise<ReturnedPerson> {
    const pending = await this.options.store.takeSignIn(hashOfSecret(handle));
    if (!pending) throw refused('Signing in took too long, or was begun in another browser.');
    const provider = await this.discover();
    const address = this.callback();
    address.search = query;
    const checks = {
      ...{ pkceCodeVerifier: pending.verifier, expectedState: pending.state, expectedNonce: pending.nonce },
      idTokenExpected: true,
    };
    try {
      const answer = await client.authorizationCodeGrant(provider, address, checks);
      return { owner: await this.toOwner(answer), returnTo: pending.returnTo };
    } catch (error) {
      throw toSignInError(error, this.issuer);
    }
  }

  /** Where a browser ends its session at the provider; null where the provider has no such place. */
  async endAddress(): Promise<string | null> {
    const provider = await this.discover();
    if (provider.serverMetadata().end_session_endpoint === undefined) return null;
    const parameters = { post_logout_redirect_uri: `${this.options.pageUrl()}/` };
    return client.buildEndSessionUrl(provider, parameters).href;
  }

  private callback(): URL {
    return new URL(`${this.options.pageUrl()}${CALLBACK_PATH}`);
  }

  private async toOwner(
    answer: client.TokenEndpointResponse & client.TokenEndpointResponseHelpers,
  ): Promise<SessionOwner> {
    const { issuer, rolesClaim } = this.options.settings;
    const claims = answer.claims();
    if (!claims) throw refused('The provider sent no identity.');
    const { subject, name, roles } = personOfClaims(claims, issuer, rolesClaim);
    if (roles.length > 0) return { subject, name, roles, isOfProvider: true };
    // Some providers put roles into the access token only, which then is one for this hub.
    const bearer = answer.access_token.split('.').length === 3 ? answer.access_token : null;
    const same = bearer === null ? null : await this.options.tokens.verify(bearer);
    return { subject, name, roles: same?.subject === subject ? same.roles : [], isOfProvider: true };
  }

  private async discover(): Promise<client.Configuration> {
    this.found ??= this.ask();
    try {
      return await this.found;
    } catch (error) {
      this.found = null; // the provider may be back at the next attempt
      throw toSignInError(error, this.issuer);
    }
  }

  private ask(): Promise<client.Configuration> {
    const { id, secret } = this.options.client;
    const proof = secret === undefined ? client.None() : client.ClientSecretBasic(secret);
    // The settings allow http for a provider on this machine only.
    const http = this.issuer.startsWith('http:') ? [client.allowInsecureRequests] : [];
    const execute = [...http, client.enableNonRepudiationChecks];
    return client.discovery(new URL(this.issuer), id, {}, proof, { execute, timeout: TIMEOUT_S });
  }
}

function refused(message: string, cause?: unknown): HubError {
  return new HubError('HUB_UNAUTHORISED', message, {}, { cause });
}

/** What the provider answered, or did not; its texts stay in the cause. */
function toSignInError(error: unknown, issuer: string): HubError {
  if (error instanceof HubError) return error;
  if (error instanceof client.AuthorizationResponseError || error instanceof client.ResponseBodyError)
    return refused('The provider did not sign you in.', error);
  const isOfAnswer = error instanceof client.ClientError && !/^$|TIMEOUT|RESPONSE_IS_NOT/.test(error.code ?? '');
  if (isOfAnswer) return refused('The answer of the provider does not fit what this browser began.', error);
  return new HubError(
    'HUB_IDENTITY_UNREACHABLE',
    'The identity provider can’t be reached.',
    { issuer },
    { cause: error },
  );
}
