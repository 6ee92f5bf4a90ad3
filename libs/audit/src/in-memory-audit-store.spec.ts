import { testAuditStore } from './audit-store.contract.js';
import { InMemoryAuditStore } from './in-memory-audit-store.js';

testAuditStore('InMemoryAuditStore', async () => ({ store: new InMemoryAuditStore(), close: async () => undefined }));
