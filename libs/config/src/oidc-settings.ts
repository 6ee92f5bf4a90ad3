import type { OidcSettings } from '#auth';
import { HubError } from '#kernel';

/** What {@link oidcSettingsOf} reads. */
export interface OidcVariables {
  readonly OIDC_ISSUER?: string | undefined;
  readonly OIDC_AUDIENCE?: string | undefined;
  readonly OIDC_JWKS_URL?: string | undefined;
  readonly OIDC_ROLES_CLAIM?: string | undefined;
}

/** The provider, or undefined where none is set. @throws HubError HUB_CONFIG_INVALID when it is set without an audience, or the reverse */
export function oidcSettingsOf(config: OidcVariables): OidcSettings | undefined {
  const { OIDC_ISSUER: issuer, OIDC_AUDIENCE: audience, OIDC_JWKS_URL: jwksUrl, OIDC_ROLES_CLAIM: claim } = config;
  if (issuer === undefined && audience === undefined && jwksUrl === undefined) return undefined;
  if (issuer !== undefined && audience !== undefined)
    return { issuer, audience, jwksUrl, rolesClaim: claim ?? 'roles' };
  const missing = issuer === undefined ? 'OIDC_ISSUER' : 'OIDC_AUDIENCE';
  const problems = [`${missing}: is not set, though another setting of the provider is`];
  throw new HubError('HUB_CONFIG_INVALID', `Wrong environment variables:\n  ${problems.join('\n  ')}`, { problems });
}
