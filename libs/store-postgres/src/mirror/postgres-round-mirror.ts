import { hash } from 'node:crypto';
import type { Entity } from '#contracts';
import type { BusinessKey, ExternalId } from '#kernel';
import type {
  LockedRow,
  MergedEntry,
  MirrorEntry,
  MirrorKeyRange,
  Observation,
  ReadTicket,
  RoundMirror,
  RowNames,
  StoredDifference,
} from '#mirror';
import type { Database } from '../database.js';
import { MIRROR_COLUMNS, toLockedRow, type MirrorRecord } from './mirror-columns.js';
import { decodeObservation, encodeObservation } from './mirror-json.js';

const MOVES = `NOT pg_visible_in_snapshot(moved_by, $2::pg_snapshot) AS moved,
  coalesce(lease_until > clock_timestamp(), false) AS leased`;

/** Nothing is due where the hub may only read: nobody will ever write it. */
const ENTRY_COLUMNS = `external_id, key, observation, parked, golden IS NOT NULL AS has_golden, intent IS NOT NULL AS has_intent,
  ${MOVES},
  coalesce(differs <> '{}', false) AND (SELECT mode = 'write' FROM system_state) AS is_due`;

/** Each branch is a probe of its own index; an `OR` over them, or over an open end, reads every row of the entity. */
const FIND_ENTRIES = `
  SELECT ${ENTRY_COLUMNS}
  FROM mirror
  WHERE id IN (
    SELECT id FROM mirror WHERE entity = $1 AND external_id = ANY($5::text[])
    UNION
    SELECT id FROM mirror
    WHERE $6 AND $4::text IS NOT NULL AND entity = $1 AND live
      AND external_id > coalesce($3::text, '') COLLATE "C" AND external_id <= $4 COLLATE "C"
    UNION
    SELECT id FROM mirror
    WHERE $6 AND $4::text IS NULL AND entity = $1 AND live AND external_id > coalesce($3::text, '') COLLATE "C")`;

/** Both are arrays in JSON: a contribution's second member is its sequence, golden's fourth the one merged last. */
const FIND_BY_KEYS = `
  SELECT ${ENTRY_COLUMNS},
    coalesce((contribution::json ->> 1)::bigint <= (golden::json ->> 3)::bigint, true) AS is_merged
  FROM mirror WHERE entity = $1 AND key = ANY($3::text[])`;

const FIND_WHOLE = `
  SELECT ${MIRROR_COLUMNS}, ${MOVES} FROM mirror
  WHERE id IN (
    SELECT id FROM mirror WHERE entity = $1 AND external_id = ANY($3::text[])
    UNION
    SELECT id FROM mirror WHERE entity = $1 AND key = ANY($4::text[]))`;

/** The hash is of the text as the hub stores it, and only saves reading it: MD5 is fast on both sides. */
const FIND_UNEQUAL = `
  SELECT t.external_id FROM unnest($2::text[], $3::text[]) AS t(external_id, hash)
  LEFT JOIN mirror AS m ON m.entity = $1 AND m.external_id = t.external_id AND m.live
  WHERE md5(m.observation) IS DISTINCT FROM t.hash`;

interface DifferenceRecord {
  readonly external_id: string;
  readonly key: string | null;
  readonly kind: StoredDifference['kind'];
  readonly fields: string[];
  readonly digest: string;
}

interface EntryRecord {
  readonly external_id: ExternalId | null;
  readonly key: BusinessKey;
  readonly observation: string | null;
  readonly parked: string | null;
  readonly has_golden: boolean;
  readonly has_intent: boolean;
  readonly moved: boolean;
  readonly leased: boolean;
  readonly is_due: boolean;
}

function toEntry(record: EntryRecord): MirrorEntry {
  const { external_id: externalId, key, parked, moved, leased } = record;
  const row = { externalId, key, parked, observation: decodeObservation(record.observation) };
  return { row, moved, leased, hasGolden: record.has_golden, hasIntent: record.has_intent, isDue: record.is_due };
}

/** The mirror as scans and rounds read it. */
export class PostgresRoundMirror implements RoundMirror {
  constructor(private readonly database: Database) {}

  async countLive(entity: Entity): Promise<number> {
    const text = 'SELECT count(*)::int AS count FROM mirror WHERE entity = $1 AND live';
    const [row] = await this.database.query<{ count: number }>(text, [entity]);
    return row?.count ?? 0;
  }

  async findBoundaries(entity: Entity, step: number): Promise<ExternalId[]> {
    const rows = await this.database.query<{ external_id: ExternalId }>(
      `SELECT external_id FROM (
         SELECT external_id, row_number() OVER (ORDER BY external_id) AS position
         FROM mirror WHERE entity = $1 AND live AND external_id IS NOT NULL
       ) numbered WHERE position % $2 = 0 ORDER BY external_id`,
      [entity, step],
    );
    return rows.map((row) => row.external_id);
  }

  async findEntries(
    entity: Entity,
    range: MirrorKeyRange | null,
    externalIds: readonly ExternalId[],
    ticket: ReadTicket,
  ): Promise<MirrorEntry[]> {
    const values = [entity, ticket, range?.from ?? null, range?.to ?? null, externalIds, range !== null];
    return (await this.database.query<EntryRecord>(FIND_ENTRIES, values)).map(toEntry);
  }

  async findUnequal(
    entity: Entity,
    readings: readonly (Omit<Observation, 'status'> & { readonly externalId: ExternalId })[],
  ): Promise<ReadonlySet<ExternalId>> {
    if (readings.length === 0) return new Set();
    const values = [entity, readings.map(({ externalId }) => externalId), readings.map(hashOf)];
    const rows = await this.database.query<{ external_id: ExternalId }>(FIND_UNEQUAL, values);
    return new Set(rows.map((row) => row.external_id));
  }

  async findRowsByKeys(entity: Entity, keys: readonly BusinessKey[], ticket: ReadTicket): Promise<MergedEntry[]> {
    type Merged = EntryRecord & { readonly is_merged: boolean };
    const records = await this.database.query<Merged>(FIND_BY_KEYS, [entity, ticket, keys]);
    return records.map((record) => ({ ...toEntry(record), isMerged: record.is_merged }));
  }

  async findWhole(entity: Entity, { externalIds, keys }: RowNames, ticket: ReadTicket): Promise<LockedRow[]> {
    const records = await this.database.query<MirrorRecord>(FIND_WHOLE, [entity, ticket, externalIds, keys]);
    return records.map(toLockedRow);
  }

  async saveDifferences(roundId: string, entity: Entity, differences: readonly StoredDifference[]): Promise<void> {
    for (let start = 0; start < differences.length; start += 1_000) {
      const chunk = differences.slice(start, start + 1_000);
      await this.database.query(
        `INSERT INTO round_difference (round_id, entity, external_id, key, kind, fields, digest)
         SELECT $1, $2, external_id, key, kind, string_to_array(fields, ','), digest
         FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
           AS t(external_id, key, kind, fields, digest)
         ON CONFLICT (round_id, entity, external_id) DO UPDATE
         SET key = excluded.key, kind = excluded.kind, fields = excluded.fields, digest = excluded.digest`,
        [
          roundId,
          entity,
          chunk.map((difference) => difference.externalId),
          chunk.map((difference) => difference.key),
          chunk.map((difference) => difference.kind),
          chunk.map((difference) => difference.fields.join(',')),
          chunk.map((difference) => difference.digest),
        ],
      );
    }
  }

  async findDifferences(roundId: string, entity: Entity): Promise<StoredDifference[]> {
    const records = await this.database.query<DifferenceRecord>(
      `SELECT external_id, key, kind, fields, digest FROM round_difference
       WHERE round_id = $1 AND entity = $2 ORDER BY external_id`,
      [roundId, entity],
    );
    return records.map(({ external_id, key, ...rest }) => ({
      ...rest,
      externalId: external_id as ExternalId,
      key: key as StoredDifference['key'],
    }));
  }

  async deleteDifferences(roundId: string, entity: Entity): Promise<number> {
    const rows = await this.database.query(
      'DELETE FROM round_difference WHERE round_id = $1 AND entity = $2 RETURNING external_id',
      [roundId, entity],
    );
    return rows.length;
  }
}

function hashOf({ version, digest, fields }: Omit<Observation, 'status'>): string {
  const text = encodeObservation({ version, status: 'live', digest, fields }) ?? '';
  return hash('md5', text, 'hex');
}
