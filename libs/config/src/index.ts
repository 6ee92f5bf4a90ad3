export { loadConfig, type Environment } from './load-config.js';
export { loadHubFile, readHubFile, type LoadHubFileOptions } from './load-hub-file.js';
export { ensureToken, findToken, tokenFile } from './token-file.js';
export {
  addressVariables,
  hubVariables,
  optionalTokenVariable,
  serverVariables,
  systemVariable,
  tokenVariable,
  VARIABLES,
  type VariableDoc,
} from './variables.js';
