export { checkSeed, isProven, type CheckSeedOptions, type SeedCheck } from './check-seed.js';
export { MemoryCheckSession, toTargetRecord, type TargetRecord } from './memory-check-session.js';
export { assertRunnable, planSeed, type PartitionPlan, type PlannedTopic, type SeedPlan } from './plan-seed.js';
export type {
  CheckableTarget,
  CheckSession,
  OffsetRange,
  PageOutcome,
  PartitionSides,
  SeedComparison,
  SeedDifference,
  SeedMessage,
  SeedPage,
  SeedPlaces,
  SeedPosition,
  SeedSide,
  SeedTarget,
  SourceRecord,
  TargetState,
  TopicPages,
  UnreadableMessage,
} from './ports.js';
export type { PartitionProgress, SeedProgress } from './seed-progress.js';
export {
  certify,
  findBroken,
  findForgery,
  toCertifiedSources,
  type CertificateFacts,
  type CertificateKey,
  type CertificateProblem,
  type CertifiedPartition,
  type CertifiedSource,
  type CertifiedSources,
  type SeedCertificate,
} from './seed-certificate.js';
export { ROW_DIGEST_NAMES, seedRowDigest, toSeedEvent, toSeedRow, type SeedRow } from './seed-row.js';
export { compileShape, describeShape, shapeText, WHOLE, type SeedShape, type SeedView } from './seed-shape.js';
export {
  destinationName,
  SEED_NOT_BEGUN,
  type SeedClaim,
  type SeedDestination,
  type SeedEnd,
  type SeedJob,
  type SeedJobProgress,
  type SeedJobState,
  type SeedJobStore,
  type SeedOrder,
  type SeedProblem,
} from './seed-job-ports.js';
export { SeedJobRun, type OpenSeed, type SeedJobRunOptions } from './seed-job-run.js';
export { SeedRun, type SeedRunOptions } from './seed-run.js';
export { sourcesOf } from './fold-sources.js';
export { SourceGathering, type GatherOptions } from './gather-sources.js';
export { SourcedPages } from './sourced-pages.js';
export type {
  NotedTopic,
  SourceDifferences,
  SourcedRecord,
  SourceReader,
  SourceScan,
  SourceStage,
  SourceWord,
  SourceWords,
  StagedSources,
  ToldKey,
} from './source-ports.js';
export { takePage, type PageEffect } from './take-page.js';
export {
  exploreReplay,
  type ExploreOptions,
  type PartitionCount,
  type ReplayPreview,
  type ReplaySample,
} from './explore-replay.js';
export { countOffsets, findWindows, planWindows, type TimedOffsets } from './plan-replay.js';
export { ownLanes } from './own-lanes.js';
export {
  isHubTopic,
  laneName,
  toLane,
  toOwnTopic,
  type DestinationFacts,
  type FoundTarget,
} from './replay-destination.js';
export { compileFilter, type RecordReader, type ReplayFilter } from './replay-filter.js';
export { REPLAY_HEADERS } from './replay-headers.js';
export type {
  PartitionWindow,
  ReplayClaim,
  ReplayDestination,
  ReplayJob,
  ReplayMessage,
  ReplayOrder,
  ReplayPaceLimit,
  ReplayPage,
  ReplayPosition,
  ReplayRecord,
  ReplayRunner,
  ReplaySource,
  ReplayState,
  ReplayStep,
  ReplayStore,
  ReplayTarget,
} from './replay-ports.js';
export type { ReplayProgress } from './replay-progress.js';
export {
  REPLAY_FAILPOINTS,
  ReplayRun,
  type ReplayFailpoint,
  type ReplayOutcome,
  type ReplayRunOptions,
} from './replay-run.js';
export {
  replayConditionSchema,
  replaySelectionSchema,
  type ReplayCondition,
  type ReplaySelection,
} from './replay-selection.js';
export type { ReaderGroup, ReplayCluster } from './replay-cluster.js';
export {
  ReplayDesk,
  type ReplayDeskOptions,
  type ReplayPlan,
  type ReplayRequest,
  type ReplayStart,
  type RunSettings,
} from './replay-desk.js';
export {
  DeadLetterDesk,
  RELEASE_HEADER,
  RETRY_HEADER,
  type DeadLetterDeskOptions,
  type RetryOutcome,
  type RetryPlan,
} from './dead-letter-desk.js';
export {
  placeName,
  type DeadLetter,
  type DeadLetterChoice,
  type DeadLetterGroup,
  type DeadLetterState,
  type DeadLetterStore,
  type LetterPage,
  type LetterTopics,
  type MessagePlace,
  type NewLetter,
  type OrderedLetter,
  type ReleasedKey,
} from './dead-letter-ports.js';
export { groupIdOf, kindOfCode, normaliseReason, type DeadLetterKind } from './dead-letter-reason.js';
export { editRecord, type RecordChange, type RecordEdit } from './edit-record.js';
export { assertOwnGroup, planReset, type PartitionReset, type ResetFacts, type ResetTarget } from './plan-reset.js';
