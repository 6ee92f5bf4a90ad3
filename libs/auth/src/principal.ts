/** What kind of caller a principal is. `service` is the hub's own token, which the CLI and services share. */
export type PrincipalKind = 'person' | 'apiKey' | 'service';

/** Who calls, once proved. */
export interface Principal {
  /** Unique and lasting: of a person `issuer#sub`, of a key `key:<prefix>`, else `service`. */
  readonly subject: string;
  /** For people to read; never to be compared. */
  readonly name: string;
  readonly kind: PrincipalKind;
  /** Names of roles; one that nobody defined grants nothing. */
  readonly roles: readonly string[];
  /** Of a key: whose it is. Two keys of one owner are one person where a second one is asked for. */
  readonly owner?: string;
  /** Proved to another app of the hub, which acts for them here and has counted the request. */
  readonly isVouchedFor?: true;
}

/** The bearer of the service token: every right. Who stands behind it is only claimed, in the bodies of requests. */
export const SERVICE_PRINCIPAL: Principal = { subject: 'service', name: 'service', kind: 'service', roles: ['admin'] };

/** How the subject of everybody begins who has a password of the admin page's own. */
export const LOCAL_SUBJECT = 'web:';

/** Two principals with the same identity are never two persons. */
export function identityOf({ owner, subject }: Principal): string {
  return owner ?? subject;
}
