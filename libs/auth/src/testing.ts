export { testApiKeys } from './api-keys.contract.js';
export { InMemoryApiKeyStore } from './in-memory-api-key-store.js';
export { InMemoryApprovalStore } from './in-memory-approval-store.js';
export { testSecondPerson } from './second-person.contract.js';
