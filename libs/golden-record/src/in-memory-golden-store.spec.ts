import { testGoldenStore } from './golden-store.contract.js';
import { InMemoryGoldenStore } from './in-memory-golden-store.js';

testGoldenStore(async () => {
  const store = new InMemoryGoldenStore();
  return { store, outbox: async () => store.outbox, close: async () => undefined };
});
