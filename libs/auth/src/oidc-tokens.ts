import { HubError } from '#kernel';
import { createRemoteJWKSet, errors, jwtVerify, type JWTVerifyGetKey } from 'jose';
import type { Principal } from './principal.js';

/** The provider whose access tokens are taken. */
export interface OidcSettings {
  /** As in the tokens' `iss`; https, or http on loopback. */
  readonly issuer: string;
  /** What the tokens must be meant for. */
  readonly audience: string;
  /** Where the provider's keys are; asked of the provider's discovery document where it is not given. */
  readonly jwksUrl?: string | undefined;
  /** Claim with the roles, dots for nesting: a list, or words in one text. */
  readonly rolesClaim: string;
}

/** For tests: how long keys are kept, and how long after a fetch none follows. */
export interface OidcTimes {
  readonly cooldownMs?: number;
  readonly timeoutMs?: number;
}

/** No symmetric algorithm: with one, a public key would be a password. */
const ALGORITHMS = ['RS256', 'ES256', 'EdDSA'];
const CLOCK_TOLERANCE_S = 5;
/** Unknown key ids cause at most one fetch in this time; a rotated key is known after it at the latest. */
const COOLDOWN_MS = 30_000;
const TIMEOUT_MS = 5_000;

/** Access tokens (JWT) of one OpenID provider. Its keys are fetched when first needed, by this class only: never from what a token names. */
export class OidcTokens {
  private keys: Promise<JWTVerifyGetKey> | null = null;

  constructor(
    private readonly settings: OidcSettings,
    private readonly times: OidcTimes = {},
  ) {}

  /**
   * Null for a token that is forged, expired, or meant for another audience.
   * @throws HubError HUB_IDENTITY_UNREACHABLE when the provider's keys can't be had
   */
  async verify(token: string): Promise<Principal | null> {
    const { issuer, audience, rolesClaim } = this.settings;
    const keys = await this.openKeys();
    try {
      const { payload } = await jwtVerify(token, keys, {
        ...{ issuer, audience, algorithms: ALGORITHMS, clockTolerance: CLOCK_TOLERANCE_S },
        requiredClaims: ['sub', 'exp'],
      });
      return personOfClaims(payload, issuer, rolesClaim);
    } catch (error) {
      if (isOfToken(error)) return null;
      throw unreachable(issuer, error);
    }
  }

  private async openKeys(): Promise<JWTVerifyGetKey> {
    this.keys ??= this.createKeys();
    try {
      return await this.keys;
    } catch (error) {
      this.keys = null; // the provider may be back at the next token
      throw error;
    }
  }

  private async createKeys(): Promise<JWTVerifyGetKey> {
    const { cooldownMs = COOLDOWN_MS, timeoutMs = TIMEOUT_MS } = this.times;
    const url = this.settings.jwksUrl ?? (await this.discover(timeoutMs));
    return createRemoteJWKSet(new URL(url), { cooldownDuration: cooldownMs, timeoutDuration: timeoutMs });
  }

  private async discover(timeoutMs: number): Promise<string> {
    const { issuer } = this.settings;
    try {
      const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
      const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(timeoutMs) });
      const found = (await response.json()) as { readonly issuer?: unknown; readonly jwks_uri?: unknown };
      if (response.ok && found.issuer === issuer && typeof found.jwks_uri === 'string') return found.jwks_uri;
    } catch (error) {
      throw unreachable(issuer, error);
    }
    throw unreachable(issuer, undefined);
  }
}

/** Whether the token is at fault, and not the way to the provider. */
function isOfToken(error: unknown): boolean {
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) return false;
  // What jose throws for an answer that is no key set has this code itself.
  return error instanceof errors.JOSEError && error.code !== 'ERR_JOSE_GENERIC';
}

function unreachable(issuer: string, cause: unknown): HubError {
  const message = 'The keys of the identity provider can’t be had.';
  return new HubError('HUB_IDENTITY_UNREACHABLE', message, { issuer }, { cause });
}

/** A person as a provider describes them, in a checked token. @param rolesClaim dots for nesting */
export function personOfClaims(
  payload: Readonly<Record<string, unknown>> & { readonly sub?: string },
  issuer: string,
  rolesClaim: string,
): Principal {
  const { sub = '' } = payload;
  const name = [payload['name'], payload['preferred_username'], payload['email']].find(
    (text) => typeof text === 'string',
  );
  return {
    subject: `${issuer}#${sub}`,
    name: String(name ?? sub),
    kind: 'person',
    roles: rolesOf(payload, rolesClaim),
  };
}

function rolesOf(payload: object, claim: string): readonly string[] {
  let found: unknown = payload;
  for (const step of claim.split('.'))
    found =
      typeof found === 'object' && found !== null && Object.hasOwn(found, step) ? (found as never)[step] : undefined;
  const words = typeof found === 'string' ? found.split(' ') : Array.isArray(found) ? (found as unknown[]) : [];
  return words.filter((word): word is string => typeof word === 'string' && word !== '');
}
