export { findDiffering, type Comparison } from './classify.js';
export { compareRanges, type IdRange } from './compare-ranges.js';
export { toConfirmedEqual } from './confirmed-equal.js';
export { confirmCandidates, type ComparisonReader, type ConfirmOptions } from './confirm.js';
export type { Descent, DescentOptions, DigestSide, KeyDigest } from './descend.js';
export { reportDrift } from './drift-metrics.js';
export { DriftReporter, type DriftReporterOptions, type ReportQuery } from './drift-reporter.js';
export type {
  Converged,
  DriftGroup,
  DriftReads,
  DriftSelection,
  DriftTotals,
  Store,
  StorePopulation,
  StoreScan,
} from './drift-reads.js';
export { hasRepairs, judge, type RepairHistory, type RepairRule, type Verdict } from './judge.js';
export { GUARD, nextStep, type RoundEvent } from './next-step.js';
export type {
  AuditRecord,
  DriftRecord,
  RoundEventEncoder,
  RoundReads,
  RoundSchedule,
  RoundStore,
  ScheduleEntry,
} from './ports.js';
export {
  scanPaged,
  type ComparedPage,
  type PagedScanOptions,
  type ScanName,
  type ScanState,
  type ScanStore,
} from './paged-scan.js';
export type { RangePlan } from './range-plan.js';
export { firstPlan, scanByDigests, type DigestScanOptions, type RangePlanStore } from './scan-by-digests.js';
export { costOfScan, minutesLeft, type ScanCost, type ScanFacts, type ScanPace } from './scan-cost.js';
export { toCsv } from './report-csv.js';
export { toHtml } from './report-html.js';
export { describeOverRepresented, durationText, percentText } from './report-text.js';
export { RoundDriver, type RoundDriverOptions } from './round-driver.js';
export type {
  CommitResult,
  Facts,
  Population,
  RoundDifference,
  RoundHandler,
  RoundJob,
  RoundJobResults,
  RoundRunner,
  ScanEvidence,
  ScanSummary,
  VerifyResult,
} from './round-jobs.js';
export {
  isEnded,
  newRound,
  type AuditEntry,
  type DriftOutcome,
  type HoldChange,
  type ItemChange,
  type Round,
  type RoundState,
  type RoundTransition,
  type ScanNote,
} from './round.js';
