/** Where a secret is in a vault. */
export interface VaultReference {
  /** Path in the vault's HTTP API, without `/v1/`: `secret/data/erp` (KV version 2), `kv/erp` (version 1). */
  readonly path: string;
  readonly field: string;
}

const FORM = /^([^#]+)#(.+)$/s;
const SEGMENT = /^[^\p{C}?%\\]+$/u;

/** Reads `PATH#FIELD`; null for what is none, and for a path that would lead elsewhere (`..`, an empty part, a query). */
export function parseVaultReference(text: string): VaultReference | null {
  const [, path, field] = FORM.exec(text) ?? [];
  if (path === undefined || field === undefined) return null;
  const isPath = path.split('/').every((part) => SEGMENT.test(part) && part !== '.' && part !== '..');
  return isPath && path.includes('/') ? { path, field } : null;
}
