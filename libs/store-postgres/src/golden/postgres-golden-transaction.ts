import type { Entity } from '#contracts';
import type {
  GoldenTransaction,
  GuardTransaction,
  KeyRecord,
  PastTransaction,
  RecordChanges,
  RevertTransaction,
} from '#golden-record';
import type { BusinessKey } from '#kernel';
import type { AppliedOffsets, OutboxAppender } from '#outbox';
import type { Sql } from '../database.js';
import { PostgresPastTransaction } from './postgres-past-transaction.js';
import {
  groupRows,
  instantSql,
  toContribution,
  toContributionRow,
  toGolden,
  toGoldenRow,
  type ContributionRow,
  type GoldenRow,
} from './golden-rows.js';

/** One statement for all keys, in the order of their hashes, so that pages never wait for each other in a ring. */
const LOCK_KEYS = `
  SELECT count(locked) FROM (SELECT pg_advisory_xact_lock(hash)::text AS locked FROM (
    SELECT DISTINCT hashtextextended(key, hashtext($1)::bigint) AS hash FROM unnest($2::text[]) AS key ORDER BY hash) AS hashes) AS locks`;
const FIND_CONTRIBUTIONS = `
  SELECT key, system, external_id, epoch, sequence, status, said, rejected
  FROM contribution WHERE entity = $1 AND key = ANY ($2::text[]) ORDER BY key, system, external_id`;
export const GOLDEN_COLUMNS = `key, version, sequence, status, policy_version, ${instantSql('changed_at')} AS changed_at, fields, cause`;
const FIND_GOLDEN = `SELECT ${GOLDEN_COLUMNS} FROM golden WHERE entity = $1 AND key = ANY ($2::text[])`;
const FIND_OUTDATED = `
  SELECT key FROM golden WHERE entity = $1 AND key > $3 AND policy_version < $2 ORDER BY key LIMIT $4`;
const SAVE_CONTRIBUTIONS = `
  INSERT INTO contribution SELECT $1, t.* FROM unnest($2::text[], $3::text[], $4::text[], $5::integer[], $6::bigint[],
    $7::text[], ${jsonList(8)}, ${jsonList(9)}) AS t
  ON CONFLICT (entity, key, system, external_id) DO UPDATE SET epoch = excluded.epoch, sequence = excluded.sequence,
    status = excluded.status, said = excluded.said, rejected = excluded.rejected`;
const SAVE_GOLDEN = `
  INSERT INTO golden SELECT $1, t.* FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::text[], $6::integer[],
    $7::timestamptz[], ${jsonList(8)}, ${jsonList(9)}) AS t
  ON CONFLICT (entity, key) DO UPDATE SET version = excluded.version, sequence = excluded.sequence, fields = excluded.fields,
    cause = excluded.cause, status = excluded.status, policy_version = excluded.policy_version, changed_at = excluded.changed_at`;
const SAVE_HISTORY = `
  INSERT INTO golden_history SELECT $1, t.* FROM unnest($2::text[], $3::bigint[], $4::text[], $5::integer[],
    $6::timestamptz[], ${jsonList(7)}, ${jsonList(8)}) AS t`;

/** JSON texts joined into one parameter: PostgreSQL splits it faster than it parses an array, and nothing needs escaping. */
function jsonList(parameter: number): string {
  return `string_to_array($${parameter}, E'\\x1e', E'\\x1f')`;
}

function joinJson(texts: readonly (string | null)[]): string {
  return texts.map((text) => text ?? '\u001f').join('\u001e');
}

/** What a transaction of golden is made of. */
export interface GoldenTransactionParts {
  readonly sql: Sql;
  readonly offsets: AppliedOffsets;
  readonly outbox: OutboxAppender;
  readonly guard: GuardTransaction;
  readonly reverts: RevertTransaction;
}

/** Records of golden within one transaction; a page costs a constant number of statements. */
export class PostgresGoldenTransaction implements GoldenTransaction {
  readonly offsets: AppliedOffsets;
  readonly outbox: OutboxAppender;
  readonly guard: GuardTransaction;
  readonly past: PastTransaction;
  readonly reverts: RevertTransaction;
  private readonly sql: Sql;

  constructor(parts: GoldenTransactionParts) {
    this.sql = parts.sql;
    this.offsets = parts.offsets;
    this.outbox = parts.outbox;
    this.guard = parts.guard;
    this.past = new PostgresPastTransaction(parts.sql);
    this.reverts = parts.reverts;
  }

  async lockKeys(entity: Entity, keys: readonly BusinessKey[]): Promise<void> {
    await this.sql.query(LOCK_KEYS, [entity, keys]);
  }

  async findRecords(entity: Entity, keys: readonly BusinessKey[]): Promise<KeyRecord[]> {
    return findRecords(this.sql, entity, keys);
  }

  async saveRecords(entity: Entity, changes: RecordChanges): Promise<void> {
    const contributions = changes.contributions.map(({ key, contribution }) => toContributionRow(key, contribution));
    await this.saveContributions(entity, contributions);
    await this.saveGoldens(entity, changes.goldens.map(toGoldenRow));
    await this.saveHistory(entity, changes.superseded.map(toGoldenRow));
  }

  async findOutdatedKeys(
    entity: Entity,
    policyVersion: number,
    after: BusinessKey,
    limit: number,
  ): Promise<BusinessKey[]> {
    const values = [entity, policyVersion, after, limit];
    return (await this.sql.query<{ key: BusinessKey }>(FIND_OUTDATED, values)).map(({ key }) => key);
  }

  private async saveContributions(entity: Entity, rows: readonly ContributionRow[]): Promise<void> {
    if (rows.length === 0) return;
    await this.sql.query(SAVE_CONTRIBUTIONS, [
      entity,
      rows.map(({ key }) => key),
      rows.map(({ system }) => system),
      rows.map(({ external_id }) => external_id),
      rows.map(({ epoch }) => epoch),
      rows.map(({ sequence }) => sequence),
      rows.map(({ status }) => status),
      joinJson(rows.map(({ said }) => said)),
      joinJson(rows.map(({ rejected }) => rejected)),
    ]);
  }

  private async saveGoldens(entity: Entity, rows: readonly GoldenRow[]): Promise<void> {
    if (rows.length === 0) return;
    await this.sql.query(SAVE_GOLDEN, [
      entity,
      rows.map(({ key }) => key),
      rows.map(({ version }) => version),
      rows.map(({ sequence }) => sequence),
      rows.map(({ status }) => status),
      ...tailColumns(rows),
    ]);
  }

  private async saveHistory(entity: Entity, rows: readonly GoldenRow[]): Promise<void> {
    if (rows.length === 0) return;
    await this.sql.query(SAVE_HISTORY, [
      entity,
      rows.map(({ key }) => key),
      rows.map(({ version }) => version),
      rows.map(({ status }) => status),
      ...tailColumns(rows),
    ]);
  }
}

/** What a record and a past version have in common. */
function tailColumns(rows: readonly GoldenRow[]): unknown[] {
  return [
    rows.map(({ policy_version }) => policy_version),
    rows.map(({ changed_at }) => changed_at),
    joinJson(rows.map(({ fields }) => fields)),
    joinJson(rows.map(({ cause }) => cause)),
  ];
}

/** Records of the keys; two statements. */
export async function findRecords(sql: Sql, entity: Entity, keys: readonly BusinessKey[]): Promise<KeyRecord[]> {
  const contributions = await sql.query<ContributionRow>(FIND_CONTRIBUTIONS, [entity, keys]);
  const goldens = await sql.query<GoldenRow>(FIND_GOLDEN, [entity, keys]);
  const byKey = groupRows(contributions, ({ key }) => key);
  const golden = new Map(goldens.map((row) => [row.key, toGolden(row)]));
  return keys
    .filter((key) => byKey.has(key) || golden.has(key))
    .map((key) => ({
      key,
      golden: golden.get(key) ?? null,
      contributions: (byKey.get(key) ?? []).map(toContribution),
    }));
}
