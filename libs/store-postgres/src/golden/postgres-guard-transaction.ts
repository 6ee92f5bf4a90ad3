import type { Entity } from '#contracts';
import type {
  AuditEntry,
  GuardBatch,
  GuardRule,
  GuardTransaction,
  HeldContribution,
  HoldRow,
  WindowSource,
  WindowState,
} from '#golden-record';
import { HubError, type ExternalId, type Instant, type SystemId } from '#kernel';
import type { Sql } from '../database.js';
import {
  groupRows,
  instantSql,
  toBatch,
  toHeld,
  toHeldEvent,
  toHold,
  type BatchRow,
  type CoveredRow,
  type HeldRow,
  type HoldSqlRow,
} from './golden-rows.js';
import { readWindow } from './read-guard-window.js';

const HELD = `SELECT hold.batch_id, held.hold_id, hold.state, held.rules, held.is_bulk, held.event FROM held JOIN hold ON hold.id = held.hold_id`;
const BATCH_COLUMNS = `id, system, entity, size, seen, catalogue, released, ${instantSql('observed_at')} AS observed_at`;
const BATCH = `SELECT ${BATCH_COLUMNS} FROM guard_batch`;
const HOLD = `
  SELECT id, batch_id, system, entity, state, rule, count, "limit", reason, digest, samples, decided_by,
    ${instantSql('observed_at')} AS observed_at, ${instantSql('opened_at')} AS opened_at, ${instantSql('decided_at')} AS decided_at FROM hold`;
/** A decision takes the same row FOR UPDATE, so a hold never changes between its digest and its approval. */
const FIND_HELD = `${HELD} WHERE held.entity = $1 AND held.system = $2 AND held.external_id = ANY ($3::text[]) FOR SHARE OF hold`;
const NOTE_SEEN = `
  INSERT INTO guard_batch AS b (id, system, entity, size, seen, catalogue, released, last_seen_at, observed_at)
  VALUES ($1, $2, $3, $4, $5, $6, '{}', $7, $8)
  ON CONFLICT (id) DO UPDATE SET seen = b.seen + excluded.seen, last_seen_at = excluded.last_seen_at
  RETURNING ${BATCH_COLUMNS}`;
const STALE_BATCH = `
  ${BATCH} WHERE last_seen_at < $1 AND EXISTS (SELECT FROM hold WHERE batch_id = guard_batch.id AND state = 'collecting')
  LIMIT 1 FOR UPDATE SKIP LOCKED`;
const SAVE_HELD = `
  INSERT INTO held SELECT * FROM jsonb_to_recordset($1::jsonb) AS t (entity text, system text, external_id text, key text,
    hold_id text, epoch integer, sequence bigint, rules text[], is_bulk boolean, event jsonb)
  ON CONFLICT (entity, system, external_id) DO UPDATE SET key = excluded.key, hold_id = excluded.hold_id,
    epoch = excluded.epoch, sequence = excluded.sequence, rules = excluded.rules, is_bulk = excluded.is_bulk, event = excluded.event`;
const SAVE_HOLD = `
  UPDATE hold SET state = $2, rule = $3, count = $4, "limit" = $5, reason = $6, digest = $7, samples = $8,
    opened_at = $9, decided_at = $10, decided_by = $11, observed_at = $12 WHERE id = $1`;
/** One hold at a time: its contributions are of one system and entity. */
const FIND_SETTLED = `
  ${HELD} WHERE hold.id = (SELECT hold.id FROM held JOIN hold ON hold.id = held.hold_id
    WHERE hold.state IN ('released', 'approved', 'rejected') LIMIT 1) ORDER BY held.key LIMIT $1`;
/** Rows of new batches are only written and read under the lock of their window; known ones are locked already. */
const ADD_RELEASED = `
  INSERT INTO guard_batch AS b (id, system, entity, size, seen, catalogue, released, observed_at, last_seen_at)
  SELECT t.*, $2 FROM jsonb_to_recordset($1::jsonb) AS t (id text, system text, entity text, size integer, seen integer,
    catalogue bigint, released jsonb, observed_at timestamptz) ORDER BY id
  ON CONFLICT (id) DO UPDATE SET last_seen_at = excluded.last_seen_at, released = b.released || (
    SELECT coalesce(jsonb_object_agg(rule, n::bigint + coalesce((b.released ->> rule)::bigint, 0)), '{}')
    FROM jsonb_each_text(excluded.released) AS added (rule, n))`;
/** A statement of its own: what follows must see what the transaction before it committed. */
const LOCK_WINDOW = `SELECT pg_advisory_xact_lock(hashtext('guard window'), hashtext(current_schema() || $1::text))`;

/** The guard's tables within one transaction. */
export class PostgresGuardTransaction implements GuardTransaction {
  constructor(private readonly sql: Sql) {}

  async findHeld(entity: Entity, system: SystemId, externalIds: readonly ExternalId[]): Promise<HeldContribution[]> {
    return (await this.sql.query<HeldRow>(FIND_HELD, [entity, system, externalIds])).map(toHeld);
  }

  async findBatches(ids: readonly string[]): Promise<GuardBatch[]> {
    return (await this.sql.query<BatchRow>(`${BATCH} WHERE id = ANY ($1::text[])`, [ids])).map(toBatch);
  }

  async countLive(entity: Entity): Promise<number> {
    const text = `SELECT count(*) AS n FROM golden WHERE entity = $1 AND status = 'live' AND version > 0`;
    const [row] = await this.sql.query<{ n: string }>(text, [entity]);
    return Number(row?.n ?? 0);
  }

  async noteSeen(batch: GuardBatch, at: Instant): Promise<GuardBatch> {
    const { id, system, entity, size, seen, catalogue, observedAt } = batch;
    const values = [id, system, entity, size, seen, catalogue, at, observedAt];
    const [row] = await this.sql.query<BatchRow>(NOTE_SEEN, values);
    return toBatch(assertRow(row, id));
  }

  async ensureHold(batch: GuardBatch, at: Instant): Promise<HoldRow> {
    const found = await this.findUndecidedHold(batch.id);
    if (found) return found;
    const columns = 'batch_id, system, entity, state, opened_at, observed_at';
    const text = `INSERT INTO hold (${columns}) VALUES ($1, $2, $3, 'collecting', $4, $5)`;
    await this.sql.query(text, [batch.id, batch.system, batch.entity, at, batch.observedAt]);
    const created = await this.findUndecidedHold(batch.id);
    return assertRow(created ?? undefined, batch.id);
  }

  async findUndecidedHold(batchId: string): Promise<HoldRow | null> {
    return this.lockOne(`${HOLD} WHERE batch_id = $1 AND state IN ('collecting', 'open') FOR UPDATE`, batchId);
  }

  async hasUndecidedHold(batchId: string): Promise<boolean> {
    const text = `SELECT FROM hold WHERE batch_id = $1 AND state IN ('collecting', 'open')`;
    return (await this.sql.query(text, [batchId])).length > 0;
  }

  async lockWindow(source: WindowSource, from: Instant, to: Instant): Promise<WindowState> {
    await this.sql.query(LOCK_WINDOW, [`${source.system}/${source.entity}`]);
    return readWindow(this.sql, source, from, to);
  }

  async lockHold(id: string): Promise<HoldRow | null> {
    return this.lockOne(`${HOLD} WHERE id = $1 FOR UPDATE`, id);
  }

  async lockStaleBatch(before: Instant): Promise<GuardBatch | null> {
    const [row] = await this.sql.query<BatchRow>(STALE_BATCH, [before]);
    return row ? toBatch(row) : null;
  }

  async saveHeld(held: readonly HeldContribution[]): Promise<void> {
    if (held.length === 0) return;
    const rows = held.map((one) => {
      const { holdId, rules, isBulk, event } = one;
      const { entity, system, externalId, key, epoch, sequence } = event;
      const ids = {
        entity,
        system,
        external_id: externalId,
        key,
        hold_id: holdId,
        epoch,
        sequence: sequence.toString(),
      };
      return { ...ids, rules, is_bulk: isBulk, event: toHeldEvent(one) };
    });
    await this.sql.query(SAVE_HELD, [JSON.stringify(rows)]);
  }

  async removeHeld(entity: Entity, system: SystemId, externalIds: readonly ExternalId[]): Promise<void> {
    const text = 'DELETE FROM held WHERE entity = $1 AND system = $2 AND external_id = ANY ($3::text[])';
    await this.sql.query(text, [entity, system, externalIds]);
  }

  async countRules(holdId: string): Promise<ReadonlyMap<GuardRule, number>> {
    const text = 'SELECT rule, count(*) AS n FROM held, unnest(rules) AS rule WHERE hold_id = $1 GROUP BY rule';
    const rows = await this.sql.query<{ rule: string; n: string }>(text, [holdId]);
    return new Map(rows.map(({ rule, n }) => [rule, Number(n)]));
  }

  async saveHold(hold: HoldRow): Promise<void> {
    const { id, state, rule, count, limit, reason, digest, samples, openedAt, decidedAt, decidedBy } = hold;
    const what = [id, state, rule, count, limit, reason, digest, samples];
    const values = [...what, openedAt, decidedAt, decidedBy, hold.observedAt];
    await this.sql.query(SAVE_HOLD, values);
  }

  async recordDecision({ id, subject, actor, action, details, at }: AuditEntry): Promise<void> {
    const text = 'INSERT INTO guard_decision (id, hold_id, actor, action, details, at) VALUES ($1, $2, $3, $4, $5, $6)';
    await this.sql.query(`${text} ON CONFLICT (id) DO NOTHING`, [
      id,
      subject,
      actor,
      action,
      JSON.stringify(details),
      at,
    ]);
  }

  async addReleased(batches: readonly GuardBatch[], at: Instant): Promise<void> {
    const rows = batches.map(({ observedAt, ...batch }) => ({ ...batch, observed_at: observedAt }));
    await this.sql.query(ADD_RELEASED, [JSON.stringify(rows), at]);
  }

  async findSettled(limit: number): Promise<HeldContribution[]> {
    return (await this.sql.query<HeldRow>(FIND_SETTLED, [limit])).map(toHeld);
  }

  private async lockOne(text: string, id: string): Promise<HoldRow | null> {
    const [row] = await this.sql.query<HoldSqlRow>(text, [id]);
    return row ? toHold(row, await findCovered(this.sql, [row])) : null;
  }
}

/** Holds for people, with what they cover; two statements. */
export async function findHolds(sql: Sql, where: string, values: readonly unknown[]): Promise<HoldRow[]> {
  const rows = await sql.query<HoldSqlRow>(`${HOLD} WHERE ${where}`, values);
  const covered = groupRows(await findCovered(sql, rows), (row) => row.hold_id);
  return rows.map((row) => toHold(row, covered.get(row.id) ?? []));
}

async function findCovered(sql: Sql, holds: readonly HoldSqlRow[]): Promise<CoveredRow[]> {
  const undecided = holds.filter(({ state }) => state === 'open' || state === 'collecting').map(({ id }) => id);
  if (undecided.length === 0) return [];
  const text =
    'SELECT hold_id, key, external_id, epoch, sequence FROM held WHERE hold_id = ANY ($1::text[]) ORDER BY key';
  return sql.query<CoveredRow>(text, [undecided]);
}

function assertRow<Row>(row: Row | undefined, id: string): Row {
  if (!row) throw new HubError('HUB_INVARIANT_BROKEN', 'A statement answered no row.', { id });
  return row;
}
