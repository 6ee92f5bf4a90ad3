export { desiredOf, differences, heldOf, isDue, type Desired, type DesiredMapping } from './desired.js';
export {
  emptyRow,
  type AuthoredField,
  type Contribution,
  type GoldenState,
  type Intent,
  type MirrorRow,
  type Observation,
  type StoredForm,
} from './mirror-row.js';
export { isOlder, observe, type Observed, type Reading, type SystemTraits } from './observe.js';
export { MAX_REJECTED, MAX_UNDONE, planWrite, type WritePlan } from './plan-write.js';
export type { MirrorFacts, RowFacts } from './fact-ports.js';
export type {
  Lease,
  LeaseChange,
  LeaseOwner,
  LockedRow,
  MirrorStore,
  DueSelector,
  MirrorTransaction,
  ReadTicket,
  RowChange,
  RowSelector,
  SetAsideEntry,
} from './ports.js';
export { receiveGolden } from './receive-golden.js';
export { settle, type Settled, type SettleInput, type WriteAnswer } from './settle.js';
export type { EndedWrite, MirrorReports, ReportedRow } from './report-ports.js';
export { rebase, resume, type Keep, type Settlement, type Restored, type RestoredStore } from './restored.js';
export type {
  MirrorDigests,
  MergedEntry,
  MirrorEntry,
  MirrorKeyDigest,
  MirrorKeyRange,
  MirrorRangeDigest,
  RoundMirror,
  RowNames,
  StoredDifference,
} from './round-ports.js';
