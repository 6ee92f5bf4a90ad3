export { parseDurationMs } from './duration.js';
export type {
  FieldRule,
  HubAccess,
  HubEntityMapping,
  HubFieldMapping,
  HubFile,
  HubFileProblem,
  HubStore,
  HubSystem,
  HubWebhook,
  LiveLimits,
  Objective,
  ObjectiveRule,
  ReconcileSettings,
  RepairLimits,
  SurvivorshipPolicy,
} from './hub-file.js';
export {
  DEFAULT_PARTITIONS,
  DEFAULT_PORT,
  describeProblem,
  entitiesOf,
  parseHubFile,
  type ParseOptions,
  type ParseResult,
} from './parse-hub-file.js';
export { categoriesOf } from './read-categories.js';
export { objectiveOf } from './read-objectives.js';
export type { ConnectorKind } from './read-systems.js';
export type { SecretSources, Variables } from './references.js';
export { suggest } from './suggest.js';
export {
  consumersOf,
  type EndpointOverrides,
  type Endpoints,
  endpoints,
  type HubTopic,
  ownedFields,
  portOf,
  schemaName,
  topicsOf,
} from './topology.js';
