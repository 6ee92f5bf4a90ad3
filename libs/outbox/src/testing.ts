export { testHeldKeys } from './held-keys.contract.js';
export { InMemoryHeldKeys } from './in-memory-held-keys.js';
export { InMemoryOutboxStore } from './in-memory-outbox-store.js';
export { ManualClock } from './manual-clock.js';
export { testOutboxStore, type OutboxStoreFixture } from './outbox-store.contract.js';
export { playRelays, type Commit, type Fault, type Planted, type Scenario } from './relay-simulation.js';
