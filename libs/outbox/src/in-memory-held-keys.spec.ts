import { testHeldKeys } from './held-keys.contract.js';
import { InMemoryHeldKeys } from './in-memory-held-keys.js';

testHeldKeys('InMemoryHeldKeys', async () => new InMemoryHeldKeys());
