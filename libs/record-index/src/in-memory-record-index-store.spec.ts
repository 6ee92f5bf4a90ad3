import { InMemoryRecordIndexStore } from './in-memory-record-index-store.js';
import { testRecordIndexStore } from './record-index-store.contract.js';

testRecordIndexStore('InMemoryRecordIndexStore', async () => new InMemoryRecordIndexStore());
