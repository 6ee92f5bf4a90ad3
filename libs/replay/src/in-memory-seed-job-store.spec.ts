import { InMemorySeedJobStore } from './in-memory-seed-job-store.js';
import { CONTRACT_LEASE_MS } from './replay-store.contract.js';
import { testSeedJobStore } from './seed-job-store.contract.js';

testSeedJobStore(async () => {
  let nowMs = 1;
  return {
    store: new InMemorySeedJobStore(() => nowMs),
    expireLeases: async () => {
      nowMs += CONTRACT_LEASE_MS + 1;
    },
  };
});
