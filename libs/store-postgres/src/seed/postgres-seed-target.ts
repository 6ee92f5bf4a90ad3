import type { Entity } from '#contracts';
import { HubError, toHubError } from '#kernel';
import {
  compileShape,
  shapeText,
  takePage,
  WHOLE,
  type CheckableTarget,
  type CheckSession,
  type PageOutcome,
  type SeedPage,
  type SeedPosition,
  type SeedRow,
  type SeedShape,
  type SeedTarget,
  type TargetState,
} from '#replay';
import { Database, type LoadingSql } from '../database.js';
import { PostgresCheckSession } from './postgres-check-session.js';
import { SeedTable, type SeedTableName } from './seed-table.js';

/** Where to seed: a database of a team's own, and a table in it. */
export interface SeedTargetOptions extends SeedTableName {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  readonly entity: Entity;
  /** What of the topic the table holds; default everything. */
  readonly shape?: SeedShape;
}

interface PositionRow {
  readonly topic: string;
  readonly partition: number;
  readonly next_offset: string;
  readonly state: SeedPosition['state'];
  /** Null in a table that was made before shapes were kept. */
  readonly shape?: string | null;
}

interface Found {
  readonly schema: boolean;
  readonly rows: readonly string[] | null;
  readonly positions: readonly string[] | null;
  readonly view: boolean;
}

const TIMEOUT_MS = 300_000;
/** Wrong credentials, no such database, missing rights: the operator's to correct. */
const TARGET_FAULTS = /^(28...|3D000|42501)$/;

const COLUMNS = `SELECT array_agg(attname::text) FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped AND attrelid`;
const FIND = `
  SELECT to_regnamespace($1) IS NOT NULL AS schema,
    (${COLUMNS} = to_regclass($2)) AS rows, (${COLUMNS} = to_regclass($3)) AS positions,
    to_regclass($4) IS NOT NULL AS view`;

/** A seeded store in PostgreSQL (14 or later): table, positions and a view of the live rows, in one schema. */
export class PostgresSeedTarget implements SeedTarget, CheckableTarget {
  private constructor(
    private readonly database: Database,
    private readonly table: SeedTable,
    private readonly shape: string,
  ) {}

  /** Connects; creates nothing. @throws HubError HUB_SEED_TARGET_INVALID, HUB_DATABASE_UNREACHABLE */
  static async connect(given: SeedTargetOptions): Promise<PostgresSeedTarget> {
    const { url, entity, schema, table, shape = WHOLE } = given;
    const names = new SeedTable(entity, { schema, table }, compileShape(entity, shape).names);
    const limits = { statementTimeoutMs: TIMEOUT_MS, idleInTransactionTimeoutMs: TIMEOUT_MS };
    const options = { url, schema: 'public', applicationName: 'plumbline seed', poolSize: 2, ...limits };
    return new PostgresSeedTarget(await asTarget(Database.connect(options, [])), names, shapeText(shape));
  }

  find(): Promise<TargetState> {
    return asTarget(this.findState());
  }

  prepare(topic: string, from: ReadonlyMap<number, bigint>): Promise<void> {
    const { positions } = this.table;
    return asTarget(
      this.database.transaction(async (sql) => {
        // Two seeders that start at once: CREATE TABLE IF NOT EXISTS alone may fail for the second.
        await sql.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [positions]);
        for (const statement of this.table.createSql()) await sql.query(statement);
        await sql.query(
          `INSERT INTO ${positions} (topic, partition, next_offset, state, shape)
           SELECT $1, p, o, 'seeding', $4 FROM unnest($2::int[], $3::bigint[]) AS t (p, o) ON CONFLICT DO NOTHING`,
          [topic, [...from.keys()], [...from.values()].map(String), this.shape],
        );
      }),
    );
  }

  apply(page: SeedPage, end: bigint): Promise<PageOutcome> {
    return asTarget(this.database.transaction((sql) => this.applyIn(sql, page, end)));
  }

  /** One REPEATABLE READ transaction: positions and rows are of one instant, and no seeder waits for it. */
  withSnapshot<T>(work: (session: CheckSession) => Promise<T>): Promise<T> {
    return asTarget(
      this.database.transaction(async (sql) => {
        await sql.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
        return work(await PostgresCheckSession.open(sql, this.table));
      }),
    );
  }

  close(): Promise<void> {
    return this.database.close();
  }

  private async findState(): Promise<TargetState> {
    const { name, rows, positions, view } = this.table;
    const [found] = await this.database.query<Found>(FIND, [`"${name.schema}"`, rows, positions, view]);
    if (!found?.schema) return { kind: 'foreign', reason: `There is no schema "${name.schema}": create it first.` };
    const isAbsent = !found.rows && !found.positions;
    if (isAbsent) return found.view ? { kind: 'foreign', reason: `${view} is there already.` } : { kind: 'absent' };
    const missing = this.findMissing(found);
    if (missing) return { kind: 'foreign', reason: `${rows} was not made by a seed of this entity: ${missing}.` };
    return this.readState();
  }

  private async readState(): Promise<TargetState> {
    const { rows, positions } = this.table;
    const list = await this.database.query<PositionRow>(
      `SELECT topic, partition, next_offset, state, to_jsonb(p) ->> 'shape' AS shape FROM ${positions} p ORDER BY partition`,
    );
    const live = `SELECT count(*) AS count FROM ${rows} WHERE status = 'live'`;
    const [count] = await this.database.query<{ count: string }>(live);
    return {
      kind: 'seed',
      topic: list[0]?.topic ?? '',
      shape: list[0]?.shape ?? '',
      positions: new Map(list.map((row) => [row.partition, toPosition(row)])),
      liveRows: Number(count?.count ?? 0),
    };
  }

  private findMissing({ rows, positions }: Found): string | null {
    const { table } = this;
    if (!rows || !positions) return `${rows ? table.positions : table.rows} is missing`;
    const lacking = [
      ...table.rowColumns.filter((column) => !rows.includes(column)),
      ...table.positionColumns.filter((column) => !positions.includes(column)),
    ];
    return lacking.length > 0 ? `it lacks ${lacking.join(', ')}` : null;
  }

  /** Lock order: the partition's position, then its rows; keys of different partitions never meet. */
  private async applyIn(sql: LoadingSql, page: SeedPage, end: bigint): Promise<PageOutcome> {
    const { rows: table, positions } = this.table;
    const [row] = await sql.query<PositionRow>(
      `SELECT topic, partition, next_offset, state FROM ${positions} WHERE partition = $1 FOR UPDATE`,
      [page.partition],
    );
    if (!row)
      throw new HubError('HUB_SEED_TARGET_INVALID', `${positions} lost a position.`, { partition: page.partition });
    const { erased, rows, position } = takePage(page, toPosition(row), end);
    if (erased.length > 0) await sql.query(`DELETE FROM ${table} WHERE key = ANY ($1::text[])`, [erased]);
    const written = rows.length > 0 ? await this.write(sql, rows) : 0;
    // Until the hand-over a page may be lost with the database's memory: its position goes with it, and it is read again.
    if (position.state === 'seeding') await sql.query('SET LOCAL synchronous_commit = off');
    await sql.query(`UPDATE ${positions} SET next_offset = $2, until_offset = $3, state = $4 WHERE partition = $1`, [
      page.partition,
      position.nextOffset.toString(),
      end.toString(),
      position.state,
    ]);
    return { rows: written, position };
  }

  private async write(sql: LoadingSql, rows: readonly SeedRow[]): Promise<number> {
    await sql.query(this.table.createPageSql());
    await sql.copyIn(this.table.copyPageSql(), this.table.toCopyText(rows));
    const [result] = await sql.query<{ count: string }>(this.table.upsertSql());
    return Number(result?.count ?? 0);
  }
}

function toPosition({ next_offset, state }: PositionRow): SeedPosition {
  return { nextOffset: BigInt(next_offset), state };
}

/** What is wrong with the target itself is the operator's to correct, not a bug of ours. */
async function asTarget<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const known = toHubError(error);
    if (!TARGET_FAULTS.test(String(known.details['sqlState'] ?? ''))) throw known;
    throw new HubError('HUB_SEED_TARGET_INVALID', `The target refuses: ${known.message}.`, known.details, {
      cause: error,
    });
  }
}
