export { toAuditCsv } from './audit-csv.js';
export { chainEntry } from './audit-chain.js';
export { CHAIN_START, type AuditEntry, type AuditEvent, type AuditPhase, type Checkpoint } from './audit-entry.js';
export { auditKeysOf, auditSecretOfToken, type AuditKey, type AuditKeys } from './audit-keys.js';
export { entriesOf, type AuditStore } from './audit-store.js';
export { AuditTrail, type AuditTrailOptions } from './audit-trail.js';
export { verifyChain, type AuditProblem, type ChainReport, type ChainToVerify } from './verify-chain.js';
