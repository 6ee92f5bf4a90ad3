import type { LocalAdmins } from './local-admins.js';
import type { ProviderSignIn } from './provider-sign-in.js';
import type { Sessions } from './sessions.js';

/** The ways into the page. */
export interface SignIn {
  readonly sessions: Sessions;
  readonly people: LocalAdmins;
  /** Null where no identity provider is set up for the page. */
  readonly provider: ProviderSignIn | null;
  /** Whether browsers reach the page by https, so that its cookies are sent by that only. */
  readonly isSecure: () => boolean;
}
