import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { silentLogger, systemClock } from '#kernel';
import type { OutboxStore } from '#outbox';
import { CreateOutboxTables, Database, PostgresOutboxStore, StreamingOutboxStore } from '#store-postgres';
import { effort } from '../harness/effort.js';
import { createDatabase, unique, type ScratchDatabase } from '../harness/servers.js';
import { GatedRelay } from './outbox-gated-relay.js';
import {
  closeLane,
  interleavings,
  openLane,
  Play,
  type Interleaving,
  type Lane,
  type SteppedRelay,
} from './outbox-interleavings.js';
import { cursorRelay, gapTimeoutRelay, skipLockedRelays, transactionIdRelay } from './outbox-wrong-relays.js';

const LANES = 4;
let scratch: ScratchDatabase;
let lanes: Lane[];

beforeAll(async () => {
  scratch = await createDatabase('outbox_order');
  lanes = await Promise.all(Array.from({ length: LANES }, (_, number) => aLane(number, false)));
});
afterAll(async () => {
  for (const lane of lanes) await closeLane(lane);
  await scratch.drop();
});

async function aLane(number: number, synchronous: boolean): Promise<Lane> {
  const options = { url: scratch.url, schema: unique('lane'), applicationName: 'outbox-order', poolSize: 3 };
  const database = await Database.connect(options, [CreateOutboxTables]);
  await database.migrate();
  return openLane(database, number, synchronous);
}

interface Run {
  readonly lane: Lane;
  readonly interleavings: fc.Arbitrary<Interleaving>;
  readonly runs: number;
  readonly makeStore: (onRows: () => void) => OutboxStore;
}

/** Plays generated interleavings one after another, with one relay for all of them. */
async function playAll({ lane, interleavings: generated, runs, makeStore }: Run): Promise<void> {
  let play: Play | null = null;
  const relay = new GatedRelay(lane.database, makeStore, () => play);
  try {
    const property = fc.asyncProperty(generated, async (interleaving) => {
      play = new Play(lane, interleaving);
      expect(await play.run([relay])).toEqual([]);
    });
    await fc.assert(property, { numRuns: runs, endOnFailure: true });
  } finally {
    play = null;
    await relay.close();
  }
}

/** One lane asks all the time where reading may begin. */
const polling = (lane: Lane) => () => new PostgresOutboxStore(lane.database, 1, lane.number === 0 ? 20 : 1_000);
const streaming = (lane: Lane) => (onRows: () => void) =>
  new StreamingOutboxStore({
    ...{ database: lane.database, ...lane.database.place, clock: systemClock, logger: silentLogger, onRows },
  });

const playOnAll = (runs: number, generated: fc.Arbitrary<Interleaving>): Promise<unknown> =>
  Promise.all(
    lanes.map((lane) =>
      playAll({ lane, interleavings: generated, runs: Math.ceil(runs / LANES), makeStore: polling(lane) }),
    ),
  );

// 10,000 interleavings of real transactions in all, a quarter of them in `npm test`.
describe('traps 1, 2, 4: late commits, transaction ids, gaps', () => {
  test(`the polling relay keeps every promise over ${effort(6_000)} interleavings`, async () => {
    await playOnAll(effort(6_000), interleavings('none'));
  }, 180_000);

  test(`the streaming relay keeps every promise over ${effort(2_000)} interleavings`, async () => {
    await playStreaming(effort(2_000), interleavings('none'));
  }, 180_000);
});

describe('trap 14: order across relays', () => {
  test(`polling relays that fail and die keep every promise over ${effort(1_500)} interleavings`, async () => {
    await playOnAll(effort(1_500), interleavings('faults'));
  }, 180_000);

  test(`streaming relays that fail and die keep every promise over ${effort(500)} interleavings`, async () => {
    await playStreaming(effort(500), interleavings('faults'));
  }, 180_000);
});

/** Two outboxes: a server has few slots. */
async function playStreaming(runs: number, generated: fc.Arbitrary<Interleaving>): Promise<void> {
  const own = await Promise.all([aLane(LANES, true), aLane(LANES + 1, true)]);
  try {
    await Promise.all(
      own.map((lane) =>
        playAll({ lane, interleavings: generated, runs: Math.ceil(runs / 2), makeStore: streaming(lane) }),
      ),
    );
  } finally {
    const slots = 'FROM pg_replication_slots WHERE database = current_database()';
    await own[0]?.database.query(`SELECT pg_terminate_backend(active_pid, 5000) ${slots} AND active_pid IS NOT NULL`);
    await own[0]?.database.query(`SELECT pg_drop_replication_slot(slot_name) ${slots}`);
    for (const lane of own) await closeLane(lane);
  }
}

const MUTANTS: readonly (readonly [string, RegExp, (database: Database, play: Play) => Promise<SteppedRelay[]>])[] = [
  ['reads by a cursor, sequence > last', /lost/, cursorRelay],
  ['orders by (transaction id, sequence) behind the oldest open one', /inverted/, transactionIdRelay],
  ['shares rows by SKIP LOCKED', /inverted|stale/, skipLockedRelays],
  ['waits for a gap and then skips it', /lost/, gapTimeoutRelay],
];

describe('the same property catches a relay that', () => {
  test.each(MUTANTS)('%s', async (_name, broken, makeRelays) => {
    const [lane] = lanes;
    if (!lane) throw new Error('no lane');
    const property = fc.asyncProperty(interleavings('none'), async (interleaving) => {
      await lane.database.query('TRUNCATE outbox');
      const play = new Play(lane, interleaving);
      const relays = await makeRelays(lane.database, play);
      try {
        expect(await play.run(relays)).toEqual([]);
      } finally {
        for (const relay of relays) await relay.close();
      }
    });
    const result = await fc.check(property, { numRuns: 2_000, seed: 1, endOnFailure: true });
    expect(result.failed).toBe(true);
    expect(String(result.errorInstance)).toMatch(broken);
  });
});
