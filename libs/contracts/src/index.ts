export type {
  AsOfReport,
  DriftItem,
  EntityStatus,
  ExplainReport,
  ExplainedValue,
  GoldenStatus,
  Hold,
  HoldDecision,
  ParkedKeyReport,
  ParkedRelease,
  ParkedReport,
  PlanEntity,
  PlanReport,
  RestoredEntity,
  RestoredReport,
  SetAside,
  SystemMode,
  SystemStatus,
  WebhookStatus,
} from './api.js';
export type { RoundCounts, RoundReport } from './api-rounds.js';
export type {
  ConfirmedEqual,
  ConvergeTimes,
  DriftReport,
  ObjectiveName,
  ObjectiveReport,
  OpenDrift,
  OverRepresented,
  StoreDrift,
} from './api-drift-report.js';
export type {
  AdminAct,
  AdminSession,
  HubOverview,
  HubSettings,
  ParkedOfService,
  Problem,
  RecordReport,
  RoundDetail,
  SchemaVersion,
  SearchHit,
  SignedOut,
  SignInWays,
  SystemOverview,
  SystemRecord,
  TopicMessage,
  TopicMessages,
  TopicSummary,
  WaitingApproval,
  WaitingReport,
} from './api-admin.js';
export type { OpenClass, TrendMeasure, TrendPoint, TrendReport, TrendSeries, TrendStore } from './api-trend.js';
export type {
  BatchReport,
  RevertApproval,
  RevertedField,
  RevertItem,
  RevertReport,
  RevertSelection,
  SkippedField,
} from './api-reverts.js';
export {
  fromContributionRecord,
  fromGoldenRecord,
  toContributionRecord,
  toGoldenRecord,
  type AvroRecord,
} from './avro-records.js';
export { changeEventHeaders, cloudEventHeaders, eventPlaceOf, type CloudEventContext } from './cloud-event-headers.js';
export type { EntityDescriptor, FieldDescriptor } from './entity-descriptor.js';
export type {
  ContributionEvent,
  FieldMark,
  FieldOrigin,
  FieldOverride,
  GoldenEvent,
  MergedUpTo,
  OverruledWord,
} from './events.js';
export { AVRO_SCHEMAS, type EventTypeName } from './generated/avro-schemas.js';
export { ENTITIES, type Entity } from './generated/entities.js';
export type { AuditChain, AuditDetail, AuditHead, AuditLine, AuditPage, AuditVerification } from './api-audit.js';
export type {
  SampleConsumer,
  SchemaChangeReport,
  SchemaChanges,
  SchemaCheck,
  TopicCatalogue,
  TopicFreshness,
  TopicReaderReport,
  VersionChangesReport,
} from './api-catalogue.js';
export type { ApiKeyList, ApiKeyReport, NewApiKey } from './api-keys.js';
export type { FindAnswer, FoundBy, FoundGroup, FoundRecord } from './api-find.js';
export type {
  LetterChange,
  LetterChoice,
  LetterDetail,
  LetterGroupReport,
  LetterKind,
  LetterReport,
  LetterRetryPlan,
  LettersOverview,
} from './api-dead-letters.js';
export type {
  OffsetsReport,
  PartitionResetReport,
  ReplayConditionWish,
  ReplayPlanReport,
  ReplayReport,
  ReplayTargetReport,
  ReplayWish,
  WindowReport,
} from './api-replays.js';
export type {
  SeedCertificateReport,
  SeedPlanReport,
  SeedReport,
  SeedStoreReport,
  SeedTargetWish,
  SeedWish,
} from './api-seeds.js';
export type { IndexedOffset, IndexedRecord, RecordsAnswer } from './api-records.js';
export type { TimelineEntry, TimelineReport } from './api-timeline.js';
export { kindOfTopic, type FoundTopic } from './kind-of-topic.js';
export {
  isPermissionPattern,
  RESOURCES,
  VERBS,
  type Grant,
  type GrantScope,
  type PermissionName,
  type PermissionPattern,
  type PrivateResource,
  type Resource,
  type Verb,
} from './permissions.js';
export { AVRO_CONTENT_TYPE, HEADERS, topicNames, type TopicKind, type TopicNames } from './topics.js';
export type { ScanProgress, ScanReport, SourcePage, SourceRecord } from './scan-api.js';
