export { InMemoryScanStore } from './in-memory-scan-store.js';
export { testDriftReads } from './drift-reads.contract.js';
export { InMemoryDriftReads } from './in-memory-drift-reads.js';
export { InMemoryRoundStore, type StoredItem } from './in-memory-round-store.js';
export { FakeClock, aDifference, aSummary, differencesOf } from './round-builders.js';
export { testRoundStore } from './round-store.contract.js';
export { testScanStore } from './scan-store.contract.js';
