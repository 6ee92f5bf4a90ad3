import { testDeadLetterStore } from './dead-letter-store.contract.js';
import { InMemoryDeadLetterStore } from './in-memory-dead-letter-store.js';

testDeadLetterStore(async () => {
  let nowMs = 1;
  return {
    store: new InMemoryDeadLetterStore(() => nowMs),
    expireLease: async () => {
      nowMs += 1_000_000;
    },
  };
});
