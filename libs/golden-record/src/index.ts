export { appendCurrentGolden } from './append-current.js';
export {
  applyContribution,
  isNewer,
  rejectContribution,
  type Contribution,
  type RejectedValue,
  type Statement,
} from './contribution.js';
export { explain } from './explain.js';
export {
  decideGolden,
  toGoldenEvent,
  type Cause,
  type GoldenDecision,
  type GoldenRecord,
  type Place,
} from './golden.js';
export { GoldenTakeOver, type PublishedHead } from './golden-take-over.js';
export { GoldenMerger, MAX_PAGE, type PageResult } from './golden-merger.js';
export type { ChangePage, GoldenMergerOptions } from './golden-merger.options.js';
export {
  countedRules,
  describeExcess,
  findExcess,
  harmfulRules,
  harmlessSize,
  holdDigest,
  isFirstObservation,
  isHarmful,
  suspiciousRules,
  toThresholds,
  type Excess,
  type GoldenChange,
  type GuardRule,
  type HeldRef,
  type Thresholds,
} from './guard.js';
export type { UndecidedHold, WindowCount, WindowSource, WindowState } from './guard-window.js';
export type { Decision } from './hold-keeper.js';
export { merge, type MergedRecord } from './merge.js';
export type { IncomingChange, SourceBatch } from './merge-page.js';
export type {
  AuditEntry,
  EntityCounts,
  EventEncoder,
  GoldenStore,
  GoldenTransaction,
  GuardBatch,
  GuardTransaction,
  HeldContribution,
  HoldRow,
  HoldState,
  KeyRecord,
  PastTransaction,
  PastVersion,
  RecordChanges,
} from './ports.js';
export type { Repair, RoundMark } from './repair.js';
export type {
  ItemPage,
  RevertCounts,
  RevertItemRow,
  RevertReads,
  RevertRow,
  RevertTransaction,
} from './revert-ports.js';
export { Reverter, type ReverterOptions } from './reverter.js';
