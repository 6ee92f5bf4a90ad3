import { systemClock } from '#kernel';
import { InMemoryOutboxStore } from './in-memory-outbox-store.js';
import { testOutboxStore } from './outbox-store.contract.js';

testOutboxStore(async (shards) => {
  const store = new InMemoryOutboxStore(systemClock, shards);
  return { store, parked: store, append: (messages) => store.append(messages), close: async () => undefined };
});
