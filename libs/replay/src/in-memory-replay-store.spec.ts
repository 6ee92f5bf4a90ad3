import { InMemoryReplayStore } from './in-memory-replay-store.js';
import { CONTRACT_LEASE_MS, testReplayStore } from './replay-store.contract.js';

testReplayStore(async () => {
  let nowMs = 1;
  return {
    store: new InMemoryReplayStore(() => nowMs),
    expireLeases: async () => {
      nowMs += CONTRACT_LEASE_MS + 1;
    },
    close: () => Promise.resolve(),
  };
});
