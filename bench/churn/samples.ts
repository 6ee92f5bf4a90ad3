import type { Database } from '#store-postgres';

/** One look at an outbox and what it costs its server. */
export interface Sample {
  readonly second: number;
  readonly waitingRows: number;
  /** Tables and indexes of the schema. */
  readonly outboxMiB: number;
  readonly deadTuples: number;
  /** All of the server's WAL on disk. */
  readonly walMiB: number;
  readonly relayRssMiB: number;
}

const LOOK = `
  SELECT (SELECT count(*)::int FROM outbox) AS waiting,
    (SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c
      WHERE c.relnamespace = current_schema::regnamespace AND c.relkind IN ('r', 'p'))::float8 / 1048576 AS outbox_mib,
    (SELECT sum(n_dead_tup)::int FROM pg_stat_user_tables WHERE schemaname = current_schema) AS dead,
    (SELECT sum(size)::float8 / 1048576 FROM pg_ls_waldir()) AS wal_mib`;

interface Look {
  readonly waiting: number;
  readonly outbox_mib: number;
  readonly dead: number;
  readonly wal_mib: number;
}

export async function sample(database: Database, second: number, relayRssMiB: number): Promise<Sample> {
  const [look] = await database.query<Look>(LOOK);
  if (!look) throw new Error('The look at the outbox brought no row.');
  return {
    second,
    waitingRows: look.waiting,
    outboxMiB: Math.round(look.outbox_mib * 10) / 10,
    deadTuples: look.dead,
    walMiB: Math.round(look.wal_mib),
    relayRssMiB,
  };
}

/** The highest value in the first third, in the last, and in all. */
export interface Peaks {
  readonly first: number;
  readonly last: number;
  readonly all: number;
}

export function peaksOf(samples: readonly Sample[], field: Exclude<keyof Sample, 'second'>): Peaks {
  const values = samples.map((one) => one[field]);
  const third = Math.ceil(values.length / 3);
  return {
    first: Math.max(...values.slice(0, third)),
    last: Math.max(...values.slice(-third)),
    all: Math.max(...values),
  };
}
