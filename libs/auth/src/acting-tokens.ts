import { hkdfSync } from 'node:crypto';
import { systemClock, type Clock } from '#kernel';
import { errors, jwtVerify, SignJWT, type JWTPayload } from 'jose';
import type { Principal } from './principal.js';

/** How every token begins with which an app of the hub acts for one of its callers. */
export const ACTING_PREFIX = 'pla_';

const ALGORITHM = 'HS256';
const ISSUER = 'plumbline';
const AUDIENCE = 'plumbline-services';
/** One call of a service each: it need not live longer. */
const TTL_S = 60;
const CLOCK_TOLERANCE_S = 30;
const KEY_BYTES = 32;

/**
 * Tokens with which an app of the hub calls another one for somebody who proved to it who they are: the other one then decides,
 * masks and keeps in that name, never in the hub's own. Signed with a key made of the service token, which both have.
 */
export class ActingTokens {
  private readonly key: Uint8Array;

  constructor(
    serviceToken: string,
    private readonly clock: Clock = systemClock,
  ) {
    this.key = new Uint8Array(hkdfSync('sha256', serviceToken, '', 'plumbline acting tokens', KEY_BYTES));
  }

  /** Valid for a minute. @param principal a person or an API key; the service itself needs none */
  async issue({ subject, name, kind, roles, owner }: Principal): Promise<string> {
    const nowS = Math.floor(this.clock.nowMs() / 1000);
    const claims: JWTPayload = { name, kind, roles, ...(owner !== undefined && { owner }) };
    const jwt = new SignJWT(claims).setProtectedHeader({ alg: ALGORITHM }).setSubject(subject);
    const limited = jwt.setIssuer(ISSUER).setAudience(AUDIENCE).setIssuedAt(nowS);
    return `${ACTING_PREFIX}${await limited.setExpirationTime(nowS + TTL_S).sign(this.key)}`;
  }

  /** Null for a token that is forged, expired, or names the service itself. */
  async verify(token: string): Promise<Principal | null> {
    if (!token.startsWith(ACTING_PREFIX)) return null;
    try {
      const { payload } = await jwtVerify(token.slice(ACTING_PREFIX.length), this.key, {
        ...{ issuer: ISSUER, audience: AUDIENCE, algorithms: [ALGORITHM], requiredClaims: ['sub', 'exp'] },
        ...{ clockTolerance: CLOCK_TOLERANCE_S, currentDate: new Date(this.clock.nowMs()) },
      });
      return toPrincipal(payload);
    } catch (error) {
      if (error instanceof errors.JOSEError) return null;
      throw error;
    }
  }
}

function toPrincipal({ sub = '', name, kind, roles, owner }: JWTPayload): Principal | null {
  if ((kind !== 'person' && kind !== 'apiKey') || !Array.isArray(roles)) return null;
  const words = roles.filter((role): role is string => typeof role === 'string');
  const proved = {
    subject: sub,
    name: typeof name === 'string' ? name : sub,
    kind,
    roles: words,
    isVouchedFor: true,
  } as const;
  return typeof owner === 'string' ? { ...proved, owner } : proved;
}
