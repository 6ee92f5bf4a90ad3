export { appendCurrentContributions } from './append-current.js';
export { ReadingCommit, type CommitCounts, type Readings } from './commit-readings.js';
export { FAILPOINTS, type FailpointName } from './failpoints.js';
export { GoldenIntake, type GoldenPage } from './golden-events.js';
export { HOST_DEFAULTS, type EntityContext, type HostContext } from './host-context.js';
export { startHostReadBack } from './read-back.js';
export { rebaseEntity } from './rebase.js';
export { rereadOnce } from './rereader.js';
export { RestoredSystem } from './restored-system.js';
