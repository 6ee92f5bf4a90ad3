export { aContribution, type ContributionSketch } from './golden-builders.js';
export { GoldenPlay, PLAY_POLICY, prices, type GoldenStoreFixture } from './golden-play.js';
export { testGoldenStore } from './golden-store.contract.js';
export { InMemoryGoldenStore } from './in-memory-golden-store.js';
export { toMessages } from './golden-messages.js';
