import { describe } from '@jest/globals';
import type { SystemId } from '#kernel';
import { testDriftReads } from './drift-reads.contract.js';
import { InMemoryDriftReads } from './in-memory-drift-reads.js';
import { InMemoryRoundStore } from './in-memory-round-store.js';
import { FakeClock } from './round-builders.js';

describe('InMemoryDriftReads', () => {
  let systems = 0;
  testDriftReads(async () => {
    const clock = new FakeClock();
    const store = new InMemoryRoundStore(clock);
    return {
      ...{ store, reads: new InMemoryDriftReads(store) },
      freshSystem: () => `system-${(systems += 1)}` as SystemId,
      pause: async () => clock.advance(1_000),
    };
  });
});
