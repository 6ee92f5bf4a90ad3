export { checkSeed, type CheckSeedOptions, type SeedCheck } from './check-seed.js';
export { assertRunnable, planSeed, type PartitionPlan, type SeedPlan } from './plan-seed.js';
export type {
  CheckableTarget,
  CheckSession,
  OffsetRange,
  PageOutcome,
  SeedComparison,
  SeedDifference,
  SeedMessage,
  SeedPage,
  SeedPosition,
  SeedSide,
  SeedTarget,
  SourceRecord,
  TargetState,
  TopicPages,
  UnreadableMessage,
} from './ports.js';
export type { PartitionProgress, SeedProgress } from './seed-progress.js';
export { ROW_DIGEST_NAMES, seedRowDigest, toSeedRow, type SeedFilter, type SeedRow } from './seed-row.js';
export { SeedRun, type SeedRunOptions } from './seed-run.js';
export { takePage, type PageEffect } from './take-page.js';
