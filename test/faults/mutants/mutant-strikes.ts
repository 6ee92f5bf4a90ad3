import pg from 'pg';
import { schemaName } from '#hub-file';
import { killArmed, latency, type Strike } from '../nemesis/strikes.js';
import { secondGolden } from '../nemesis/topic-strikes.js';
import { databaseOf, type World } from '../nemesis/world.js';
import { sleep } from '../workload.js';

const TURNS = 6;

/** No fault at all: the source changes much, and so does the shop. */
export const calm: Strike = async (world) => {
  for (let turn = 0; turn < TURNS; turn += 1) await collide(world);
};

/** The same products are changed in the source and in the shop, at the same time. */
async function collide({ workload, users, random }: World): Promise<void> {
  const keys = workload.idleKeys.slice(0, 50);
  await Promise.all([workload.burst(), users.burst(keys)]);
  await sleep(random.between(100, 600));
}

/** What is slow: a share of the statements that write a table of golden. */
interface Slowness {
  readonly table: 'outbox' | 'golden';
  readonly share: number;
  readonly seconds: number;
}

/** Statements of golden that write the table take long, so that transactions commit in another order than they began. */
export function slowStatements(slowness: Slowness): Strike {
  return async (world) => {
    const client = new pg.Client({ connectionString: databaseOf(world) });
    const table = `"${schemaName(world.test.hub.file, 'golden')}".${slowness.table}`;
    await client.connect();
    try {
      await client.query(`
        CREATE FUNCTION public.slow_${slowness.table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          IF random() < ${slowness.share} THEN PERFORM pg_sleep(random() * ${slowness.seconds}); END IF;
          RETURN NULL; END $$`);
      await client.query(`CREATE TRIGGER slow AFTER INSERT OR UPDATE ON ${table}
        FOR EACH STATEMENT EXECUTE FUNCTION public.slow_${slowness.table}()`);
      await calm(world);
      await client.query(`DROP TRIGGER slow ON ${table}`);
      await client.query(`DROP FUNCTION public.slow_${slowness.table}()`);
    } finally {
      await client.end();
    }
  };
}

/** The same strike again and again. */
export function repeated(times: number, strike: Strike): Strike {
  return async (world) => {
    for (let time = 0; time < times; time += 1) await strike(world);
  };
}

/** Two goldens at work, whose requests to Kafka take a while, each another one. */
export const twoGoldens: Strike = async (world) => {
  const second = await secondGolden(world);
  await second.start('golden');
  await Promise.all([latency('kafka')(world), calm(world).then(() => calm(world))]);
  await second.stop('golden');
};

/** Golden dies between two steps of a page, at a place that only the mutant has. */
export const dieAtPage: Strike = (world) => killArmed(world, 'golden', { PLUMBLINE_PLANTED_DEATH: '3' });
