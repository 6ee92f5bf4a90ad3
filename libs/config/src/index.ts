export { loadConfig, type Environment } from './load-config.js';
export { loadHubFile, readHubFile, type LoadHubFileOptions } from './load-hub-file.js';
export { NODE_FLAGS } from './node-flags.js';
export {
  hubServersOf,
  kafkaSecurityOf,
  registryAuthorizationOf,
  replicationOf,
  type HubServers,
  type KafkaSecurity,
} from './server-access.js';
export { ensureToken, findToken, tokenFile } from './token-file.js';
export { VARIABLES, type VariableDoc } from './variable-docs.js';
export {
  addressVariables,
  failpointVariable,
  hubVariables,
  kafkaVariables,
  optionalTokenVariable,
  registryVariables,
  serverVariables,
  systemVariable,
  tokenVariable,
} from './variables.js';
