export { testDeadLetterStore, type DeadLetterStoreFixture } from './dead-letter-store.contract.js';
export { InMemoryDeadLetterStore } from './in-memory-dead-letter-store.js';
export { InMemoryReplayStore } from './in-memory-replay-store.js';
export { InMemorySeedJobStore } from './in-memory-seed-job-store.js';
export { InMemorySeedTarget } from './in-memory-seed-target.js';
export { CONTRACT_LEASE_MS, testReplayStore, type ReplayStoreFixture } from './replay-store.contract.js';
export { playSeed, type Gate, type PlantedSeed, type SeedStep } from './seed-simulation.js';
export { testSeedJobStore, type SeedJobStoreFixture } from './seed-job-store.contract.js';
export { testSeedTarget, type SeedTargetFixture } from './seed-target.contract.js';
