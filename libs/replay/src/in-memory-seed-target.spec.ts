import { InMemorySeedTarget } from './in-memory-seed-target.js';
import { testSeedTarget } from './seed-target.contract.js';

testSeedTarget(async () => ({ target: new InMemorySeedTarget('product'), close: async () => undefined }));
