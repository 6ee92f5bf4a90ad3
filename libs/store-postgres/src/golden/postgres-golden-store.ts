import type { BatchReport, Entity } from '#contracts';
import type {
  EntityCounts,
  GoldenStore,
  GoldenTransaction,
  HoldRow,
  HoldState,
  ItemPage,
  KeyRecord,
  PastVersion,
  RevertCounts,
  RevertItemRow,
  RevertRow,
} from '#golden-record';
import type { BusinessKey, Instant } from '#kernel';
import type { Database, Sql } from '../database.js';
import { PostgresAppliedOffsets } from '../outbox/postgres-applied-offsets.js';
import { PostgresOutboxAppender } from '../outbox/postgres-outbox-appender.js';
import { toGolden, type GoldenRow } from './golden-rows.js';
import { findRecords, GOLDEN_COLUMNS, PostgresGoldenTransaction } from './postgres-golden-transaction.js';
import { findHolds, PostgresGuardTransaction } from './postgres-guard-transaction.js';
import { PostgresRevertTransaction } from './postgres-revert-transaction.js';
import { countItems, findRecentBatches, findRevert, findRevertItems, forgetReverts } from './read-reverts.js';

const AS_OF_COLUMNS = GOLDEN_COLUMNS.replace('sequence,', '0 AS sequence,');
const AS_OF = `
  SELECT * FROM (SELECT ${GOLDEN_COLUMNS} FROM golden WHERE entity = $1 AND key = $2 AND version > 0 AND changed_at <= $3
    UNION ALL SELECT ${AS_OF_COLUMNS} FROM golden_history WHERE entity = $1 AND key = $2 AND changed_at <= $3) AS past
  ORDER BY past.version DESC LIMIT 1`;
const VERSIONS = `
  SELECT * FROM (SELECT ${GOLDEN_COLUMNS} FROM golden WHERE entity = $1 AND key = $2 AND version > 0
    UNION ALL SELECT ${AS_OF_COLUMNS} FROM golden_history WHERE entity = $1 AND key = $2) AS past
  ORDER BY past.version DESC LIMIT $3`;
const KEYS = `SELECT key FROM golden WHERE entity = $1 AND key >= $2 AND starts_with(key, $2) ORDER BY key LIMIT $3`;
const COUNT = `
  SELECT entity, count(*) FILTER (WHERE version > 0 AND status = 'live') AS live, count(*) FILTER (WHERE version = 0) AS foreign_,
    count(*) FILTER (WHERE version > 0 AND status = 'deleted') AS deleted FROM golden GROUP BY entity ORDER BY entity`;
const VISIBLE = `state IN ('open', 'approved', 'rejected')`;

/** Golden's database. @param shards shards of the outbox, as its store has them. */
export class PostgresGoldenStore implements GoldenStore {
  constructor(
    private readonly database: Database,
    private readonly shards = 1,
  ) {}

  async transaction<T>(work: (tx: GoldenTransaction) => Promise<T>): Promise<T> {
    return this.database.transaction((sql) => work(this.open(sql)));
  }

  async findRecord(entity: Entity, key: BusinessKey): Promise<KeyRecord | null> {
    const [record] = await findRecords(this.database, entity, [key]);
    return record ?? null;
  }

  async findHoldsOf(entity: Entity, key: BusinessKey): Promise<string[]> {
    const text = `
      SELECT DISTINCT hold_id FROM held JOIN hold ON hold.id = hold_id
      WHERE held.entity = $1 AND held.key = $2 AND state = 'open' ORDER BY hold_id`;
    return (await this.database.query<{ hold_id: string }>(text, [entity, key])).map((row) => row.hold_id);
  }

  async findAsOf(entity: Entity, key: BusinessKey, at: Instant): Promise<PastVersion | null> {
    const [row] = await this.database.query<GoldenRow>(AS_OF, [entity, key, at]);
    return row ? toGolden(row) : null;
  }

  async findVersions(entity: Entity, key: BusinessKey, limit: number): Promise<PastVersion[]> {
    return (await this.database.query<GoldenRow>(VERSIONS, [entity, key, limit])).map(toGolden);
  }

  async findKeys(entity: Entity, prefix: string, limit: number): Promise<BusinessKey[]> {
    const rows = await this.database.query<{ key: BusinessKey }>(KEYS, [entity, prefix, limit]);
    return rows.map(({ key }) => key);
  }

  async findHolds(state: HoldState | null): Promise<HoldRow[]> {
    const where = `${VISIBLE} AND ($1::text IS NULL OR state = $1) ORDER BY opened_at DESC, id DESC LIMIT 200`;
    return findHolds(this.database, where, [state]);
  }

  async countEntities(): Promise<EntityCounts[]> {
    const rows = await this.database.query<{ entity: Entity } & Record<'live' | 'deleted' | 'foreign_', string>>(COUNT);
    return rows.map(({ entity, live, deleted, foreign_ }) => {
      return { entity, live: Number(live), deleted: Number(deleted), foreign: Number(foreign_) };
    });
  }

  async forgetBatches(before: Instant): Promise<void> {
    const needed = `SELECT FROM hold WHERE batch_id = guard_batch.id AND state IN ('collecting', 'open')`;
    await this.database.query(`DELETE FROM guard_batch WHERE last_seen_at < $1 AND NOT EXISTS (${needed})`, [before]);
  }

  findRevert(id: string): Promise<RevertRow | null> {
    return findRevert(this.database, id);
  }

  countItems(id: string): Promise<RevertCounts> {
    return countItems(this.database, id);
  }

  findRevertItems(id: string, page: ItemPage): Promise<RevertItemRow[]> {
    return findRevertItems(this.database, id, page);
  }

  findRecentBatches(entity: Entity, limit: number): Promise<BatchReport[]> {
    return findRecentBatches(this.database, entity, limit);
  }

  forgetReverts(before: Parameters<GoldenStore['forgetReverts']>[0]): Promise<void> {
    return forgetReverts(this.database, before);
  }

  async findPolicyVersion(entity: Entity): Promise<number> {
    const text = 'SELECT coalesce(max(version), 0) AS version FROM policy WHERE entity = $1';
    const [row] = await this.database.query<{ version: number }>(text, [entity]);
    return row?.version ?? 0;
  }

  async adoptPolicy(entity: Entity, policyText: string, atLeast: number): Promise<number> {
    return this.database.transaction(async (sql) => {
      await sql.query(`SELECT pg_advisory_xact_lock(hashtext('golden policy'), hashtext($1))`, [entity]);
      const latest = 'SELECT version, text FROM policy WHERE entity = $1 ORDER BY version DESC LIMIT 1';
      const [known] = await sql.query<{ version: number; text: string }>(latest, [entity]);
      if (known?.text === policyText && known.version >= atLeast) return known.version;
      const raised = known ? known.version + (known.text === policyText ? 0 : 1) : 1;
      const version = Math.max(atLeast, raised);
      await sql.query('INSERT INTO policy (entity, version, text) VALUES ($1, $2, $3)', [entity, version, policyText]);
      return version;
    });
  }

  private open(sql: Sql): GoldenTransaction {
    const offsets = new PostgresAppliedOffsets(sql);
    const outbox = new PostgresOutboxAppender(sql, this.shards);
    const [guard, reverts] = [new PostgresGuardTransaction(sql), new PostgresRevertTransaction(sql)];
    return new PostgresGoldenTransaction({ sql, offsets, outbox, guard, reverts });
  }
}
