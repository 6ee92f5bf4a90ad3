import type { Entity, EntityStatus, PlanEntity, SetAside, SystemMode } from '#contracts';
import { HubError, parseInstant, type BusinessKey, type Instant } from '#kernel';
import type { MirrorReports, MirrorRow, ReportedRow } from '#mirror';
import type { Database } from '../database.js';
import { parseEndedWrite } from './ended-writes.js';
import { MIRROR_COLUMNS, toMirrorRow, type MirrorRecord } from './mirror-columns.js';

const STATUS = `
  SELECT count(*) FILTER (WHERE live)::int AS live,
    count(*) FILTER (WHERE live AND golden IS NULL)::int AS foreign_count,
    count(*) FILTER (WHERE differs <> '{}')::int AS due,
    count(*) FILTER (WHERE intent IS NOT NULL)::int AS open_intents,
    count(*) FILTER (WHERE rereads_asked > 0)::int AS rereads
  FROM mirror WHERE entity = $1`;

const STREAM = `
  SELECT first_scan_at,
    (SELECT count(*)::int FROM set_aside WHERE entity = $1) AS set_aside
  FROM (SELECT 1) one LEFT JOIN stream ON stream.entity = $1`;

const PLAN = `
  SELECT count(*) FILTER (WHERE live AND golden IS NOT NULL AND differs IS NOT DISTINCT FROM '{}')::int
      + count(*) FILTER (WHERE live AND golden IS NOT NULL AND differs IS NULL)::int AS equal,
    count(*) FILTER (WHERE live AND differs <> '{}')::int AS different,
    count(*) FILTER (WHERE live AND golden IS NULL)::int AS only_here,
    count(*) FILTER (WHERE NOT live AND differs <> '{}')::int AS only_there
  FROM mirror WHERE entity = $1`;

const PLAN_FIELDS = `
  SELECT field, count(*)::int AS count, (array_agg(key ORDER BY key))[1:$2] AS samples
  FROM mirror, unnest(differs) AS field
  WHERE entity = $1 AND live AND differs <> '{}'
  GROUP BY field ORDER BY count(*) DESC, field`;

/** What people ask of a connector's database. */
export class PostgresMirrorReports implements MirrorReports {
  constructor(private readonly database: Database) {}

  async findMode(): Promise<{ readonly mode: SystemMode; readonly sinceMs: number }> {
    const [row] = await this.database.query<{ mode: SystemMode; mode_since: Date }>(
      'SELECT mode, mode_since FROM system_state',
    );
    return { mode: row?.mode ?? 'observe', sinceMs: row?.mode_since.getTime() ?? 0 };
  }

  async saveMode(mode: SystemMode, actor: string): Promise<void> {
    await this.database.query(
      `UPDATE system_state SET mode = $1, mode_since = clock_timestamp(), changed_by = $2 WHERE mode <> $1`,
      [mode, actor],
    );
  }

  async findStatus(entity: Entity): Promise<Omit<EntityStatus, 'caughtUpAt'>> {
    const [counts] = await this.database.query<{
      live: number;
      foreign_count: number;
      due: number;
      open_intents: number;
      rereads: number;
    }>(STATUS, [entity]);
    const [stream] = await this.database.query<{
      first_scan_at: Date | null;
      set_aside: number;
    }>(STREAM, [entity]);
    if (!counts || !stream) throw new HubError('HUB_INVARIANT_BROKEN', 'An aggregate gave no row.');
    return {
      entity,
      live: counts.live,
      foreign: counts.foreign_count,
      due: counts.due,
      openIntents: counts.open_intents,
      rereads: counts.rereads,
      setAside: stream.set_aside,
      firstScanCompletedAt: toInstant(stream.first_scan_at),
    };
  }

  async findSetAside(limit: number): Promise<SetAside[]> {
    const rows = await this.database.query<Omit<SetAside, 'externalId' | 'at'> & { external_id: string; at: Date }>(
      'SELECT entity, external_id, key, kind, reason, at FROM set_aside ORDER BY at DESC LIMIT $1',
      [limit],
    );
    return rows.map(({ external_id, at, ...rest }) => ({
      ...rest,
      externalId: external_id,
      at: toInstant(at) as Instant,
    }));
  }

  async findPlan(entity: Entity, samples: number): Promise<Omit<PlanEntity, 'lag'>> {
    const [counts] = await this.database.query<{
      equal: number;
      different: number;
      only_here: number;
      only_there: number;
    }>(PLAN, [entity]);
    const fields = await this.database.query<PlanEntity['fields'][number]>(PLAN_FIELDS, [entity, samples]);
    return {
      entity,
      equal: counts?.equal ?? 0,
      different: counts?.different ?? 0,
      onlyHere: counts?.only_here ?? 0,
      onlyThere: counts?.only_there ?? 0,
      fields,
    };
  }

  async findRows(entity: Entity, key: BusinessKey): Promise<ReportedRow[]> {
    const text = `SELECT ${MIRROR_COLUMNS}, ended_writes FROM mirror WHERE entity = $1 AND key = $2 ORDER BY id`;
    const records = await this.database.query<MirrorRecord & { readonly ended_writes: string[] }>(text, [entity, key]);
    return records.map((record) => ({ ...toMirrorRow(record), endedWrites: record.ended_writes.map(parseEndedWrite) }));
  }

  async findApplied(topic: string): Promise<ReadonlyMap<number, bigint>> {
    const rows = await this.database.query<{ partition: number; next_offset: string }>(
      'SELECT partition, next_offset FROM applied_offset WHERE topic = $1',
      [topic],
    );
    return new Map(rows.map((row) => [row.partition, BigInt(row.next_offset)]));
  }

  async recomputeDiffers(
    entity: Entity,
    differsOf: (row: MirrorRow) => readonly string[] | null,
    mappingVersion: string,
  ): Promise<number> {
    const [stream] = await this.database.query<{ mapping_version: string | null }>(
      'SELECT mapping_version FROM stream WHERE entity = $1',
      [entity],
    );
    if (stream?.mapping_version === mappingVersion) return 0;
    if (stream?.mapping_version) await this.readAllAgain(entity);
    let after = '0';
    let changed = 0;
    for (;;) {
      const last = await this.recomputePage(entity, after, differsOf);
      if (last === null) break;
      after = last.after;
      changed += last.changed;
    }
    await this.database.query(
      `INSERT INTO stream (entity, mapping_version) VALUES ($1, $2)
       ON CONFLICT (entity) DO UPDATE SET mapping_version = excluded.mapping_version`,
      [entity, mappingVersion],
    );
    return changed;
  }

  /** Under another mapping the same record may read otherwise: no reading counts as known, and the cursor starts anew. */
  private async readAllAgain(entity: Entity): Promise<void> {
    await this.database.query("UPDATE mirror SET version = '~' WHERE entity = $1", [entity]);
    await this.database.query('UPDATE stream SET cursor = NULL WHERE entity = $1', [entity]);
  }

  private recomputePage(
    entity: Entity,
    after: string,
    differsOf: (row: MirrorRow) => readonly string[] | null,
  ): Promise<{ readonly after: string; readonly changed: number } | null> {
    return this.database.transaction(async (sql) => {
      const records = await sql.query<MirrorRecord>(
        `SELECT ${MIRROR_COLUMNS} FROM mirror WHERE entity = $1 AND id > $2 ORDER BY id LIMIT 500 FOR UPDATE`,
        [entity, after],
      );
      const last = records[records.length - 1];
      if (!last) return null;
      const differs = records.map((record) => differsOf(toMirrorRow(record))?.join(',') ?? null);
      const rows = await sql.query(
        `UPDATE mirror m SET differs = string_to_array(t.differs, ','), bulk = true
         FROM unnest($1::bigint[], $2::text[]) AS t(id, differs)
         WHERE m.id = t.id AND m.differs IS DISTINCT FROM string_to_array(t.differs, ',') RETURNING m.id`,
        [records.map(({ id }) => id), differs],
      );
      return { after: last.id, changed: rows.length };
    });
  }
}

function toInstant(date: Date | null | undefined): Instant | null {
  return date ? parseInstant(date.toISOString()) : null;
}
