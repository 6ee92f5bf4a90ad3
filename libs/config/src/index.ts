export { loadConfig, type Environment } from './load-config.js';
export { loadHubFile, loadHubFileAsWritten, readHubFile, type LoadHubFileOptions } from './load-hub-file.js';
export { NODE_ENVIRONMENT, NODE_FLAGS, nodeEnvironment } from './node-flags.js';
export {
  kafkaSecurityOf,
  registryAuthorizationOf,
  replicationOf,
  type HubServers,
  type KafkaSecurity,
  type QueueServers,
} from './server-access.js';
export {
  below,
  checkVaultSecrets,
  openHubFile,
  type NeedsSecret,
  type OpenHubFileOptions,
  type VaultCheck,
} from './open-hub-file.js';
export { findVariable, sealingKeysFrom } from './secret-sources.js';
export {
  oidcSettingsOf,
  pageSettingsOf,
  type OidcVariables,
  type PageSettings,
  type PageVariables,
} from './oidc-settings.js';
export { serviceSettingsOf, type ServiceSettings } from './service-settings.js';
export { ensureToken, findToken, tokenFile } from './token-file.js';
export { VARIABLES, type VariableDoc } from './variable-docs.js';
export {
  accessVariables,
  adminVariables,
  addressVariables,
  failpointVariable,
  hubVariables,
  kafkaVariables,
  optionalRedisVariable,
  optionalTokenVariable,
  outboxVariables,
  registryVariables,
  secretVariables,
  serverVariables,
  serviceVariables,
  systemVariable,
  vaultVariables,
} from './variables.js';
