export { InMemoryRecordIndexStore } from './in-memory-record-index-store.js';
export { anIndexedRecord, testRecordIndexStore } from './record-index-store.contract.js';
