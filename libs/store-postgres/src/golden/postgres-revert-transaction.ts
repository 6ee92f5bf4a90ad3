import type { Entity, RevertItem, RevertSelection } from '#contracts';
import type { GoldenRecord, Repair, RevertItemRow, RevertRow, RevertTransaction } from '#golden-record';
import { HubError, type BusinessKey, type Instant } from '#kernel';
import type { Sql } from '../database.js';
import { sqlFile } from '../sql-file.js';
import { groupRows, instantSql, toGolden, type GoldenRow } from './golden-rows.js';
import { GOLDEN_COLUMNS } from './postgres-golden-transaction.js';
import {
  toItem,
  toItemRow,
  toRepair,
  toRepairRow,
  toRevert,
  type ItemSqlRow,
  type RepairSqlRow,
  type RevertSqlRow,
} from './revert-rows.js';

const SELECT_ITEMS = sqlFile(import.meta.dirname, 'select-reverted.sql');
export const REVERT = `
  SELECT id, selection, state, digest, ${instantSql('created_at')} AS created, created_by, approved_by, reason FROM revert`;
export const ITEM = 'SELECT key, outcome, selected, version, changes, skipped FROM revert_item';
/** Of several processes each takes another revert. */
const LOCK_WAITING = `
  ${REVERT} WHERE state IN ('planning', 'applying') ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED`;
const FIND_VERSIONS = `
  SELECT ${GOLDEN_COLUMNS} FROM golden JOIN unnest($2::text[], $3::bigint[]) AS wanted (wanted_key, first) ON key = wanted_key
  WHERE entity = $1 AND version > 0 AND version >= first
  UNION ALL
  SELECT ${GOLDEN_COLUMNS.replace('sequence,', '0 AS sequence,')} FROM golden_history
    JOIN unnest($2::text[], $3::bigint[]) AS wanted (wanted_key, first) ON key = wanted_key
  WHERE entity = $1 AND version >= first ORDER BY key, version`;
const ADD_REPAIRS = `
  INSERT INTO repair (entity, round_id, key, system, external_id, epoch, sequence, version, status, found)
  SELECT DISTINCT ON (round_id, key) $1, t.* FROM jsonb_to_recordset($2::jsonb) AS t (round_id text, key text, system text,
    external_id text, epoch integer, sequence bigint, version bigint, status text, found jsonb) ORDER BY round_id, key, sequence DESC
  ON CONFLICT (entity, round_id, key) DO UPDATE SET system = excluded.system, external_id = excluded.external_id,
    epoch = excluded.epoch, sequence = excluded.sequence, version = excluded.version, status = excluded.status,
    found = excluded.found, at = excluded.at`;
const FIND_REPAIRS = `
  SELECT round_id, key, system, external_id, epoch, sequence, version, status, found FROM repair
  WHERE entity = $1 AND round_id = $2 AND key = ANY ($3::text[])`;
const SAVE_ITEMS = `
  UPDATE revert_item AS i SET outcome = t.outcome, version = t.version, changes = t.changes, skipped = t.skipped
  FROM jsonb_to_recordset($2::jsonb) AS t (key text, outcome text, version bigint, changes jsonb, skipped jsonb)
  WHERE i.revert_id = $1 AND i.key = t.key`;
const DIGEST = `
  SELECT left(encode(sha256(convert_to(coalesce(string_agg(md5(jsonb_build_array(key, version, changes)::text), '' ORDER BY key),
    ''), 'UTF8')), 'hex'), 32) AS digest FROM revert_item WHERE revert_id = $1 AND outcome = 'planned'`;

/** Reverts within one transaction of golden. */
export class PostgresRevertTransaction implements RevertTransaction {
  constructor(private readonly sql: Sql) {}

  async addRepairs(entity: Entity, repairs: readonly Repair[]): Promise<void> {
    await this.sql.query(ADD_REPAIRS, [entity, JSON.stringify(repairs.map(toRepairRow))]);
  }

  async create(selection: RevertSelection, at: Instant, actor: string): Promise<string> {
    const insert = 'INSERT INTO revert (selection, created_at, created_by) VALUES ($1::jsonb, $2, $3) RETURNING id';
    const [row] = await this.sql.query<{ id: string }>(insert, [JSON.stringify(selection), at, actor]);
    if (!row) throw new HubError('HUB_INVARIANT_BROKEN', 'A revert got no id.');
    await this.sql.query(SELECT_ITEMS, [row.id, ...selectionValues(selection)]);
    return row.id;
  }

  async lock(id: string): Promise<RevertRow | null> {
    const [row] = await this.sql.query<RevertSqlRow>(`${REVERT} WHERE id = $1 FOR UPDATE`, [id]);
    return row ? toRevert(row) : null;
  }

  async lockWaiting(): Promise<RevertRow | null> {
    const [row] = await this.sql.query<RevertSqlRow>(LOCK_WAITING);
    return row ? toRevert(row) : null;
  }

  async findItems(id: string, outcome: RevertItem['outcome'], limit: number): Promise<RevertItemRow[]> {
    const text = `${ITEM} WHERE revert_id = $1 AND outcome = $2 ORDER BY key LIMIT $3`;
    return (await this.sql.query<ItemSqlRow>(text, [id, outcome, limit])).map(toItem);
  }

  async findVersions(
    entity: Entity,
    from: ReadonlyMap<BusinessKey, bigint>,
  ): Promise<ReadonlyMap<BusinessKey, GoldenRecord[]>> {
    const values = [entity, [...from.keys()], [...from.values()].map(String)];
    const rows = await this.sql.query<GoldenRow>(FIND_VERSIONS, values);
    const groups = groupRows(rows, ({ key }) => key);
    return new Map([...groups].map(([key, versions]) => [key, versions.map(toGolden)]));
  }

  async findRepairs(entity: Entity, roundId: string, keys: readonly BusinessKey[]): Promise<Repair[]> {
    return (await this.sql.query<RepairSqlRow>(FIND_REPAIRS, [entity, roundId, keys])).map(toRepair);
  }

  async saveItems(id: string, items: readonly RevertItemRow[]): Promise<void> {
    await this.sql.query(SAVE_ITEMS, [id, JSON.stringify(items.map(toItemRow))]);
  }

  async digest(id: string): Promise<string> {
    const [row] = await this.sql.query<{ digest: string }>(DIGEST, [id]);
    return row?.digest ?? '';
  }

  async save({ id, state, digest, approvedBy, reason }: RevertRow): Promise<void> {
    const text = 'UPDATE revert SET state = $2, digest = $3, approved_by = $4, reason = $5 WHERE id = $1';
    await this.sql.query(text, [id, state, digest, approvedBy, reason]);
  }
}

function selectionValues(selection: RevertSelection): unknown[] {
  const { entity, key, system, batch, since, until, range, round } = selection;
  const isAlone = ![system, batch, since, until, range, round].some((part) => part !== undefined);
  const named = [system, batch, since, until, range?.partition, range?.from, range?.to, round];
  return [entity, key ?? null, key !== undefined && isAlone, ...named.map((value) => value ?? null)];
}
