export { InMemoryRecordIndexStore } from './in-memory-record-index-store.js';
export { testNewestOfType } from './newest-of-type.contract.js';
export { anIndexedRecord, testRecordIndexStore } from './record-index-store.contract.js';
