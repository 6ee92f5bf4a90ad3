export { openSecret, rewrapSecret, sealSecret } from './envelope.js';
export {
  findVaultSecrets,
  type Patience,
  type VaultFindings,
  type VaultProblem,
  type WantedSecret,
} from './find-vault-secrets.js';
export { sealingKeysOf, type SealingKey, type SealingKeys } from './sealing-keys.js';
export { parseVaultReference, type VaultReference } from './vault-reference.js';
export type { VaultAuth, VaultSettings } from './vault-settings.js';
