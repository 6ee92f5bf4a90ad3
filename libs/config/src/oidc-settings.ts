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

/** What {@link pageSettingsOf} reads. */
export interface PageVariables {
  readonly ADMIN_URL?: string | undefined;
  readonly OIDC_ISSUER?: string | undefined;
  readonly OIDC_CLIENT_ID?: string | undefined;
  readonly OIDC_CLIENT_SECRET?: string | undefined;
}

/** How browsers reach the admin page, and who it is to the provider. */
export interface PageSettings {
  /** Without a slash at the end; undefined: where it listens. */
  readonly pageUrl?: string;
  /** Undefined where people sign in with passwords of the page's own. */
  readonly providerClient?: { readonly id: string; readonly secret?: string | undefined };
}

/** Settings of the admin page alone. @throws HubError HUB_CONFIG_INVALID for a client id without a provider */
export function pageSettingsOf(config: PageVariables): PageSettings {
  const { ADMIN_URL: pageUrl, OIDC_ISSUER: issuer, OIDC_CLIENT_ID: id, OIDC_CLIENT_SECRET: secret } = config;
  if (id !== undefined && issuer === undefined) {
    const problems = ['OIDC_ISSUER: is not set, though OIDC_CLIENT_ID is'];
    throw new HubError('HUB_CONFIG_INVALID', `Wrong environment variables:\n  ${problems.join('\n  ')}`, { problems });
  }
  return {
    ...(pageUrl !== undefined && { pageUrl: pageUrl.replace(/\/+$/, '') }),
    ...(id !== undefined && { providerClient: { id, secret } }),
  };
}
