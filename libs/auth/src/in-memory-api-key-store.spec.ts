import { testApiKeys } from './api-keys.contract.js';
import { InMemoryApiKeyStore } from './in-memory-api-key-store.js';

testApiKeys('memory', async () => ({ store: new InMemoryApiKeyStore(), close: async () => undefined }));
