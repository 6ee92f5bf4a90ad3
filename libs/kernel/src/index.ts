export { backoffMs } from './backoff.js';
export type { CanonicalFields, CanonicalValue, FieldType, RecordStatus, Texts } from './canonical-value.js';
export { Closers, startParts } from './closers.js';
export { instantOfMs, parseInstant, systemClock, type Clock, type Instant } from './clock.js';
export { ERROR_CODES, type Disposition, type ErrorCode } from './error-codes.js';
export { HubError, toHubError, type ErrorDetails } from './hub-error.js';
export { isSystemId, type BusinessKey, type ExternalId, type SystemId } from './ids.js';
export { noMetrics, silentLogger, type Labels, type Logger, type Metrics } from './ports.js';
export { StepLoop, type LoopState, type StepLoopOptions } from './step-loop.js';
