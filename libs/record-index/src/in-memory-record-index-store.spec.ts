import { InMemoryRecordIndexStore } from './in-memory-record-index-store.js';
import { testNewestOfType } from './newest-of-type.contract.js';
import { testRecordIndexStore } from './record-index-store.contract.js';

const make = async (): Promise<InMemoryRecordIndexStore> => new InMemoryRecordIndexStore();

testRecordIndexStore('InMemoryRecordIndexStore', make);
testNewestOfType('InMemoryRecordIndexStore', make);
