import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ReadBack } from './read-back.js';
import { playReadBack, type Act, type PlantedReadBack, type ReadBackScenario } from './read-back-simulation.js';

const act = (...what: Act['what'][]): fc.Arbitrary<Act> =>
  fc.record({
    what: fc.constantFrom(...what),
    key: fc.constantFrom('a', 'b'),
    count: fc.integer({ min: 1, max: 4 }),
  });
const changes = ['write', 'write', 'delete', 'publish', 'publish'] as const;
const some = (maxLength: number, ...what: Act['what'][]): fc.Arbitrary<Act[]> => fc.array(act(...what), { maxLength });
const history = (...what: Act['what'][]): fc.Arbitrary<ReadBackScenario> =>
  fc.record({
    acts: some(40, ...changes, 'read', 'read', 'settle', 'settle', 'restart', ...what),
    meanwhile: some(20, ...changes, ...what),
  });
const all = (what: 'publish' | 'freeze' | 'read'): fc.Arbitrary<Act[]> => fc.constant([{ what, key: '', count: 9 }]);
const once = (...what: Act['what'][]): fc.Arbitrary<Act[]> => act(...what).map((one) => [one]);
/** A relay is frozen with rows in its hands, another goes on, and its batch comes when newer ones are read. */
const late: fc.Arbitrary<ReadBackScenario> = fc.record({
  acts: fc
    .tuple(
      ...[some(3, 'write'), once('write'), all('freeze'), some(2, 'write', 'publish', 'read'), once('write', 'delete')],
      ...[all('publish'), some(2, 'read', 'settle', 'restart', 'write'), once('thaw'), all('read')],
      ...[some(3, 'settle', 'restart', 'erase'), some(2, 'read', 'settle', 'publish'), once('settle')],
      some(8, 'read', 'settle', 'settle', 'publish', 'restart', 'write'),
    )
    .map((parts) => parts.flat()),
  meanwhile: some(12, 'write', 'publish', 'freeze', 'freeze', 'freeze', 'repeat', 'erase'),
});
/** Of every kind: undisturbed, with relays that repeat, with frozen ones, with keys that are erased. */
const scenarios = fc.oneof(
  history(),
  history('repeat'),
  history('freeze', 'thaw', 'repeat'),
  history('erase'),
  late,
  late,
);

const keepsItsPromises = (planted: PlantedReadBack = {}): fc.IAsyncProperty<[ReadBackScenario]> =>
  fc.asyncProperty(scenarios, async (scenario) => {
    expect(await playReadBack(scenario, planted)).toEqual([]);
  });

describe('reading a compacted topic back', () => {
  test('every key ends with its row, erased keys stay so, and nothing is appended without need', async () => {
    await fc.assert(keepsItsPromises(), { numRuns: 3_000 });
  });

  test('what can not be remembered is counted', async () => {
    const rows = {
      findPlaces: async (keys: readonly string[]) => new Map(keys.map((key) => [key, { epoch: 1, sequence: 9n }])),
      findUnpublished: async () => new Set<string>(),
      appendCurrent: async () => 0,
    };
    const options = {
      rows,
      placeOf: () => ({ epoch: 1, sequence: 1n }),
      endOffsets: async () => new Map<number, bigint>(),
    };
    const readBack = new ReadBack({ ...options, maxSuspects: 2 });
    const messages = ['a', 'b', 'c', 'd'].map((key, index) => ({
      ...{ offset: BigInt(index), key, value: Buffer.alloc(0), headers: {} },
    }));
    await readBack.take({ partition: 0, messages, nextOffset: 4n });
    expect([readBack.forgotten, readBack.positions().get(0)]).toEqual([2, 0n]);
  });
});

const NO_ROW = { sequence: 0n, isDeleted: false };

/** Each must be caught. */
const MUTANTS: Readonly<Record<string, PlantedReadBack>> = {
  'takes the row’s own event for an older one (<=)': {
    placeOf: ({ place }) => ({ epoch: 1, sequence: BigInt(place ?? 0) - 1n }),
  },
  'never takes an event for an older one': { placeOf: () => ({ epoch: 2, sequence: 0n }) },
  'appends without the lock what it read before': {
    rows: (rows, world) => ({
      ...rows,
      appendCurrent: async (keys) => {
        const read = keys.map((key) => ({ key, row: world.rows.get(key) }));
        world.interleave();
        for (const { key, row } of read) if (row) world.append(key, row);
        return read.length;
      },
    }),
  },
  'forgets deleted records': {
    rows: (rows, world) => ({
      ...rows,
      findPlaces: async (keys) => rows.findPlaces(keys.filter((key) => !world.rows.get(key)?.isDeleted)),
    }),
  },
  'does not look whether rows wait': { rows: (rows) => ({ ...rows, findUnpublished: async () => new Set<string>() }) },
  'does not read on to the end': { endOffsets: async () => new Map([[0, 0n]]) },
  'goes on after a restart behind what it had found': { positions: (_, world) => world.readOffset },
  'appends what it saw before, erased or not': {
    rows: (rows, world) => {
      const seen = new Map(world.rows);
      return {
        ...rows,
        findPlaces: async (keys) => {
          for (const [key, row] of world.rows) seen.set(key, row);
          return rows.findPlaces(keys);
        },
        appendCurrent: async (keys) => {
          world.interleave();
          for (const key of keys) world.append(key, world.rows.get(key) ?? seen.get(key) ?? NO_ROW);
          return keys.length;
        },
      };
    },
  },
};

describe('mutants of reading back', () => {
  test.each(Object.entries(MUTANTS))('%s', async (_name, planted) => {
    const { failed } = await fc.check(keepsItsPromises(planted), { numRuns: 3_000, endOnFailure: true });
    expect(failed).toBe(true);
  });
});
