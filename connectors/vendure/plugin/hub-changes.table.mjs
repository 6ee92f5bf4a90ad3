// The table of changes, and the only code that speaks SQL to it. See hub-changes.plugin.mjs, beside which it lies.
import { createRequire } from 'node:module';

// the shop's own packages, not this project's
const load = createRequire(import.meta.url);
const { Column, Entity, Index, PrimaryGeneratedColumn } = load('typeorm');

const KEEP_DAYS = 14;
const MAX_LIMIT = 5_000;
const LAST_SEQUENCE = '9223372036854775807';
/** A reader this many transactions behind is brought to the present, so that it does not pass over the same rows again. */
const FAR_BEHIND = 10_000n;

/** One change. `kind` is variant, new-variant, product (all its variants), price, stock-level, customer, order, or start. */
export class HubChange {}
const COLUMNS = {
  sequence: PrimaryGeneratedColumn({ type: 'bigint' }),
  transaction: Column({ type: 'bigint' }),
  kind: Column({ type: 'varchar', length: 20 }),
  recordId: Column({ type: 'varchar', length: 64 }),
  /** Whose session made it; null where there was none. */
  session: Column({ type: 'varchar', length: 64, nullable: true }),
  at: Column({ type: 'timestamptz', default: () => 'now()' }),
};
for (const [name, decorate] of Object.entries(COLUMNS)) decorate(HubChange.prototype, name);
Index(['transaction', 'sequence'])(HubChange);
Entity('hub_change')(HubChange);

const TRANSACTION = 'pg_current_xact_id()::text::bigint';
const APPEND = `INSERT INTO hub_change (transaction, kind, "recordId", session)
  SELECT ${TRANSACTION}, $1, id, $3 FROM unnest($2::text[]) AS id`;
const START = `INSERT INTO hub_change (transaction, kind, "recordId")
  SELECT ${TRANSACTION}, 'start', '' WHERE NOT EXISTS (SELECT FROM hub_change)`;
/** The newest of the outdated rows stays: a reader whose position is before it may have missed something. */
const PRUNE = `DELETE FROM hub_change WHERE (transaction, sequence) < (
  SELECT transaction, sequence FROM hub_change WHERE at < now() - make_interval(days => $1)
  ORDER BY transaction DESC, sequence DESC LIMIT 1)`;
/** One statement, so that the horizon and the rows belong to one snapshot. */
const READ = `
  WITH horizon AS (SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS transaction)
  SELECT (SELECT transaction FROM horizon)::text AS horizon,
    (SELECT system_identifier FROM pg_control_system())::text || '-' ||
      (SELECT oid FROM pg_database WHERE datname = current_database()) AS instance,
    (SELECT (transaction, sequence) > ($1::bigint, $2::bigint) FROM hub_change
      ORDER BY transaction, sequence LIMIT 1) AS expired,
    (SELECT coalesce(json_agg(row ORDER BY row.transaction::bigint, row.sequence::bigint), '[]') FROM (
      SELECT c.transaction::text, c.sequence::text, c.kind, c."recordId", c.session FROM hub_change AS c, horizon
      WHERE c.kind = ANY ($3::text[]) AND (c.transaction, c.sequence) > ($1::bigint, $2::bigint)
        AND c.transaction < horizon.transaction
      ORDER BY c.transaction, c.sequence LIMIT $4::int) AS row) AS rows`;

/** Notes that records changed, in the transaction of the repository. */
export function appendChanges(repository, kind, ids, session) {
  return repository.query(APPEND, [kind, ids, session]);
}

/** Writes the first row of all, unless there is one. */
export function startChanges(connection) {
  return connection.query(START);
}

/** Removes what is too old. */
export function pruneChanges(connection) {
  return connection.query(PRUNE, [KEEP_DAYS]);
}

/** A position as its two numbers; null for a text that is none. */
export function parsePosition(text) {
  return /^(\d{1,19})\.(\d{1,19})$/.exec(text)?.slice(1) ?? null;
}

/** The position of the present: after every change that a reader of now can see. */
export async function readPresent(repository) {
  const [{ horizon, instance }] = await repository.query(READ, ['0', '0', [], 0]);
  return { instance, rows: [], position: positionBefore(horizon), more: false, expired: false };
}

/** Changes of these kinds after a position, in the order of commit. */
export async function readChanges(repository, [transaction, sequence], kinds, limit) {
  const take = Math.max(0, Math.min(limit, MAX_LIMIT));
  const [found] = await repository.query(READ, [transaction, sequence, kinds, take]);
  const { instance, horizon, rows } = found;
  const isFar = rows.length === 0 && BigInt(horizon) - BigInt(transaction) > FAR_BEHIND;
  const last = rows.at(-1) ?? { transaction, sequence };
  return {
    ...{ instance, rows, expired: found.expired === true, more: take > 0 && rows.length === take },
    position: isFar ? positionBefore(horizon) : `${last.transaction}.${last.sequence}`,
  };
}

function positionBefore(horizon) {
  return `${BigInt(horizon) - 1n}.${LAST_SEQUENCE}`;
}
