export { InMemorySeedTarget } from './in-memory-seed-target.js';
export { playSeed, type Gate, type PlantedSeed, type SeedStep } from './seed-simulation.js';
export { testSeedTarget, type SeedTargetFixture } from './seed-target.contract.js';
