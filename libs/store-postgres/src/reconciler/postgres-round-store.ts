import { randomBytes, randomUUID } from 'node:crypto';
import type { Entity } from '#contracts';
import { HubError, instantOfMs, type Clock, type SystemId } from '#kernel';
import type { OutboxMessage } from '#outbox';
import {
  isEnded,
  type AuditRecord,
  type HoldChange,
  type RepairHistory,
  type Round,
  type RoundDifference,
  type RoundEventEncoder,
  type RoundStore,
  type RoundTransition,
} from '#reconciliation';
import type { Database, Sql } from '../database.js';
import { PostgresOutboxAppender } from '../outbox/postgres-outbox-appender.js';
import { sqlFile } from '../sql-file.js';
import { findChangedItems, saveItems, type ChangedItem } from './round-items.js';
import { toRound, type RoundRow } from './round-rows.js';

const CLAIM_DUE = sqlFile(import.meta.dirname, 'claim-due.sql');
const ADVANCE_ROUND = sqlFile(import.meta.dirname, 'advance-round.sql');
const FIND_HISTORY = sqlFile(import.meta.dirname, 'find-history.sql');

const START = `
  INSERT INTO round (id, system, entity, demanded) VALUES ($1, $2, $3, $4)
  ON CONFLICT (system, entity) WHERE ended_at IS NULL DO NOTHING
  RETURNING *`;
const FIND_OPEN = 'SELECT * FROM round WHERE system = $1 AND entity = $2 AND ended_at IS NULL';
const RENEW = `
  UPDATE round SET leased_until = clock_timestamp() + $3::int * interval '1 millisecond'
  WHERE id = $1 AND lease_owner = $2
  RETURNING id`;
const RELEASE = `UPDATE round SET lease_owner = NULL, leased_until = '-infinity' WHERE id = $1 AND lease_owner = $2`;
const OPEN_HOLD = `
  INSERT INTO hold (id, rule, count, "limit", reason, samples, digest, state, opened_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, 'open', clock_timestamp())
  ON CONFLICT (id) DO UPDATE SET
    rule = excluded.rule, count = excluded.count, "limit" = excluded."limit", reason = excluded.reason,
    samples = excluded.samples, digest = excluded.digest, state = 'open', decided_at = NULL, decided_by = NULL`;
const DECIDE_HOLD = 'UPDATE hold SET state = $2, decided_by = $3, decided_at = clock_timestamp() WHERE id = $1';
const FIND_CONVERGE_MS = `
  SELECT (extract(epoch FROM fixed_at - since) * 1000)::float8 AS ms FROM drift_item
  WHERE round_id = $1 AND fixed_at IS NOT NULL ORDER BY position`;
const INSERT_AUDIT = `
  INSERT INTO audit (id, at, actor, action, subject, details)
  SELECT id, at, actor, action, subject, details
  FROM jsonb_to_recordset($1::jsonb) AS a (id text, at timestamptz, actor text, action text, subject text, details jsonb)`;

/** What a {@link PostgresRoundStore} needs. */
export interface RoundStoreOptions {
  readonly database: Database;
  readonly encoder: RoundEventEncoder;
  readonly clock: Clock;
}

/** Rounds in the reconciler's own schema; leases by the server's clock. */
export class PostgresRoundStore implements RoundStore {
  private readonly database: Database;

  constructor(private readonly options: RoundStoreOptions) {
    this.database = options.database;
  }

  async start(
    system: SystemId,
    entity: Entity,
    demanded: boolean,
  ): Promise<{ readonly round: Round; readonly started: boolean }> {
    const id = `r${randomBytes(6).toString('hex')}`;
    for (;;) {
      const [started] = await this.database.query<RoundRow>(START, [id, system, entity, demanded]);
      if (started) return { round: toRound(started), started: true };
      const [open] = await this.database.query<RoundRow>(FIND_OPEN, [system, entity]);
      if (open) return { round: toRound(open), started: false };
    }
  }

  async claimDue(owner: string, ttlMs: number): Promise<Round | null> {
    const [row] = await this.database.query<RoundRow>(CLAIM_DUE, [owner, ttlMs]);
    return row ? toRound(row) : null;
  }

  async renew(roundId: string, owner: string, ttlMs: number): Promise<void> {
    const rows = await this.database.query(RENEW, [roundId, owner, ttlMs]);
    if (rows.length === 0) throw leaseLost(roundId);
  }

  async release(roundId: string, owner: string): Promise<void> {
    await this.database.query(RELEASE, [roundId, owner]);
  }

  async advance(transition: RoundTransition): Promise<void> {
    const { round, items: change, hold } = transition;
    const at = instantOfMs(this.options.clock.nowMs());
    const audit = transition.audit.map((entry): AuditRecord => ({ ...entry, id: randomUUID(), at }));
    const items = await findChangedItems(this.database, round, change);
    const messages = await this.encode(round, items, audit);
    await this.database.transaction(async (sql) => {
      await moveOn(sql, transition);
      await saveItems(sql, round, change, items);
      await saveHold(sql, round, hold);
      if (audit.length > 0) await sql.query(INSERT_AUDIT, [JSON.stringify(audit)]);
      await new PostgresOutboxAppender(sql).append(messages);
    });
  }

  async getRound(id: string): Promise<Round> {
    const [row] = await this.database.query<RoundRow>('SELECT * FROM round WHERE id = $1', [id]);
    if (!row) throw new HubError('HUB_NOT_FOUND', `There is no round ${id}.`, { roundId: id });
    return toRound(row);
  }

  async findConvergeMs(roundId: string): Promise<number[]> {
    const rows = await this.database.query<{ ms: number }>(FIND_CONVERGE_MS, [roundId]);
    return rows.map(({ ms }) => ms);
  }

  async findHistory(round: Round, differences: readonly RoundDifference[]): Promise<RepairHistory> {
    const ids = differences.map((item) => item.externalId);
    type Row = { changed: string; missing: string; rejected: RepairHistory['rejected'] };
    const [row] = await this.database.query<Row>(FIND_HISTORY, [round.system, round.entity, ids]);
    return {
      changed: Number(row?.changed ?? 0),
      missing: Number(row?.missing ?? 0),
      rejected: round.demanded ? null : (row?.rejected ?? null),
    };
  }

  /** Before the transaction: an encoder may ask the registry, and no lock waits for that. */
  private async encode(
    { id: roundId, system, entity }: Round,
    items: readonly ChangedItem[],
    audit: readonly AuditRecord[],
  ): Promise<OutboxMessage[]> {
    const at = instantOfMs(this.options.clock.nowMs());
    const drift = items.map((item) => ({ ...item, roundId, system, entity, at }));
    const { encoder } = this.options;
    return [...(await encoder.encodeDrift(drift)), ...(await encoder.encodeAudit(audit))];
  }
}

async function moveOn(sql: Sql, { round, waitMs }: RoundTransition): Promise<void> {
  const rows = await sql.query(ADVANCE_ROUND, [
    ...[round.id, round.revision, round.state, round.step, round.attempt, round.checks, round.digest],
    ...[round.approvedBy, round.holdId, round.scanned, round.changed, round.missing, round.foreign, round.undecided],
    ...[round.fixed, round.unfixed, JSON.stringify(round.fields), round.problem],
    ...[round.system, round.entity, round.demanded, round.revision - 1, waitMs, isEnded(round)],
  ]);
  if (rows.length === 0) throw leaseLost(round.id);
}

async function saveHold(sql: Sql, round: Round, hold: HoldChange): Promise<void> {
  if (hold.kind === 'open') {
    const { rule, count, limit, reason, samples, digest } = hold;
    await sql.query(OPEN_HOLD, [round.holdId, rule, count, limit, reason, samples, digest]);
  }
  if (hold.kind === 'decide') await sql.query(DECIDE_HOLD, [round.holdId, hold.state, hold.actor]);
}

function leaseLost(roundId: string): HubError {
  return new HubError('HUB_LEASE_LOST', 'The round was taken over or moved on.', { roundId });
}
