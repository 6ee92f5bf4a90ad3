/** How a HashiCorp Vault or OpenBao is reached, and who asks it. */
export interface VaultSettings {
  /** Base of its API, without `/v1`: `https://vault.example.com:8200`. */
  readonly url: URL;
  readonly auth: VaultAuth;
  readonly namespace?: string | undefined;
  /** PEM text of the authorities to trust instead of Node's. */
  readonly ca?: string | undefined;
}

/** A token, or an AppRole (at `auth/approle`) that gets one. */
export type VaultAuth =
  { readonly token: string } | { readonly roleId: string; readonly secretId?: string | undefined };
