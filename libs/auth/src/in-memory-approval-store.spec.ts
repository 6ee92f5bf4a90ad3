import { InMemoryApprovalStore } from './in-memory-approval-store.js';
import { testSecondPerson } from './second-person.contract.js';

testSecondPerson('memory', async () => ({ store: new InMemoryApprovalStore(), close: async () => undefined }));
