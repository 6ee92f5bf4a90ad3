export { keyParts, toBusinessKey, toKeyColumns, type KeyResult } from './business-key.js';
export { checkMapping } from './check-mapping.js';
export type {
  Capabilities,
  ChangePage,
  CheckReport,
  Connector,
  DigestTraits,
  DiscoveredEntity,
  FetchResult,
  FetchSelector,
  IncomingWebhook,
  KeyDigest,
  KeyRange,
  ObservedRecord,
  RangeDigest,
  ReadCost,
  RecordWrite,
  RejectedRecord,
  ScanPage,
  WalkPage,
  WebhookHint,
  WriteOutcome,
} from './connector.js';
export type { ConnectorContext, ConnectorDefinition } from './definition.js';
export type { EntityMapping, FieldMapping } from './mapping.js';
export {
  toCanonicalRecord,
  toCanonicalValue,
  type FieldTypes,
  type MappedRecord,
  type RawRecord,
} from './read-mapping.js';
export { projectDesired, toSystemValues, type SystemValue, type SystemValues } from './write-mapping.js';
export { toWallClock } from './zoned-time.js';
