export { testAuditStore, type AuditStoreFixture } from './audit-store.contract.js';
export { InMemoryAuditStore } from './in-memory-audit-store.js';
