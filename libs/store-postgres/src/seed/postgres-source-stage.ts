import type { BusinessKey, ExternalId, SystemId } from '#kernel';
import type {
  NotedTopic,
  SourceDifferences,
  SourcedRecord,
  SourceScan,
  SourceStage,
  SourceWord,
  SourceWords,
  StagedSources,
  ToldKey,
} from '#replay';
import type { Database, Sql } from '../database.js';
import {
  toDocument,
  toNoted,
  toNotedText,
  toRecord,
  toWord,
  type NotedJson,
  type RecordRow,
  type WordRow,
} from './source-rows.js';

interface ScanRow {
  readonly system: SystemId;
  readonly cursor: string | null;
  readonly is_ended: boolean;
  readonly pages: number;
  readonly records: number;
  readonly silent: number;
}

/** Locks the scan of one system against a second seeder; a page is counted where the cursor is still where it was read from. */
const LOCK_SCAN = `
  INSERT INTO seed_source_scan AS s (target, system, is_ended, pages, records, silent) VALUES ($1, $2, false, 0, 0, 0)
  ON CONFLICT (target, system) DO UPDATE SET pages = s.pages RETURNING cursor, is_ended`;
const ADD_WORDS = `
  INSERT INTO seed_source_word (target, system, external_id, key, document)
  SELECT $1, $2, i, k, d::json FROM unnest($3::text[], $4::text[], $5::text[]) AS t (i, k, d)
  ON CONFLICT (target, system, external_id) DO UPDATE SET key = excluded.key, document = excluded.document`;
const MOVE_SCAN = `
  UPDATE seed_source_scan SET cursor = $3::text, is_ended = $3::text IS NULL, pages = pages + 1, records = records + $4, silent = silent + $5
  WHERE target = $1 AND system = $2`;
/** Pages may overlap: at the end each record counts once. */
const COUNT_SCAN = `
  UPDATE seed_source_scan SET records = c.records, silent = c.silent
  FROM (SELECT count(*) AS records, count(*) FILTER (WHERE document IS NULL) AS silent
        FROM seed_source_word WHERE target = $1 AND system = $2) c
  WHERE target = $1 AND system = $2`;
/** Keys that were told at a higher sequence before are left out of the answer. */
const TELL = `
  INSERT INTO seed_source_told AS t (target, key, sequence) SELECT $1, k, s FROM unnest($2::text[], $3::bigint[]) AS g (k, s)
  ON CONFLICT (target, key) DO UPDATE SET sequence = excluded.sequence WHERE excluded.sequence < 0 OR excluded.sequence >= t.sequence
  RETURNING key`;
const SAVE_RECORDS = `
  INSERT INTO seed_source_record (target, key, partition, kind, document)
  SELECT $1, k, p, d, e::json FROM unnest($2::text[], $3::int[], $4::text[], $5::text[]) AS t (k, p, d, e)
  ON CONFLICT (target, key) DO UPDATE SET partition = excluded.partition, kind = excluded.kind, document = excluded.document`;
const UNTOLD = `
  SELECT DISTINCT key FROM seed_source_word w WHERE target = $1 AND document IS NOT NULL AND key > $2
    AND NOT EXISTS (SELECT FROM seed_source_told t WHERE t.target = w.target AND t.key = w.key) ORDER BY key LIMIT $3`;
const FINISH = `
  UPDATE seed_source SET differences = (SELECT json_build_object(
    'added', count(*) FILTER (WHERE kind = 'added'), 'changed', count(*) FILTER (WHERE kind = 'changed'),
    'removed', count(*) FILTER (WHERE kind = 'removed'),
    'keys', ARRAY(SELECT key FROM seed_source_record WHERE target = $1 ORDER BY key LIMIT $2))
  FROM seed_source_record WHERE target = $1) WHERE target = $1 RETURNING differences`;

/** What the sources of the seed into one target said, in the hub's database. */
export class PostgresSourceStage implements SourceStage {
  constructor(
    private readonly database: Database,
    /** Without user and password. */
    private readonly target: string,
  ) {}

  async find(): Promise<StagedSources | null> {
    const text = 'SELECT noted, differences FROM seed_source WHERE target = $1';
    const [row] = await this.database.query<{ noted: NotedJson; differences: SourceDifferences | null }>(text, [
      this.target,
    ]);
    if (!row) return null;
    const scans = await this.database.query<ScanRow>(
      'SELECT * FROM seed_source_scan WHERE target = $1 ORDER BY system',
      [this.target],
    );
    return { noted: toNoted(row.noted), scans: scans.map(toScan), differences: row.differences };
  }

  async begin(noted: NotedTopic): Promise<void> {
    await this.database.transaction(async (sql) => {
      await sql.query('DELETE FROM seed_source WHERE target = $1', [this.target]);
      await sql.query('INSERT INTO seed_source (target, noted) VALUES ($1, $2)', [this.target, toNotedText(noted)]);
    });
  }

  async addPage(system: SystemId, after: string | null, { words, silent, next }: SourceWords): Promise<void> {
    const rows = new Map<ExternalId, SourceWord | null>(silent.map((externalId) => [externalId, null]));
    for (const word of words) rows.set(word.externalId, word);
    await this.database.transaction(async (sql) => {
      const [scan] = await sql.query<ScanRow>(LOCK_SCAN, [this.target, system]);
      if (!scan || scan.is_ended || scan.cursor !== after) return;
      await sql.query(ADD_WORDS, [
        ...[this.target, system, [...rows.keys()], [...rows.values()].map((word) => word?.key ?? null)],
        [...rows.values()].map((word) => (word ? toDocument(word.contribution) : null)),
      ]);
      await sql.query(MOVE_SCAN, [this.target, system, next, rows.size, rows.size - words.length]);
      if (next === null) await sql.query(COUNT_SCAN, [this.target, system]);
    });
  }

  async restart(system: SystemId): Promise<void> {
    await this.database.transaction(async (sql) => {
      for (const table of ['seed_source_word', 'seed_source_scan'])
        await sql.query(`DELETE FROM ${table} WHERE target = $1 AND system = $2`, [this.target, system]);
    });
  }

  async findWords(keys: readonly BusinessKey[]): Promise<readonly SourceWord[]> {
    const text = `SELECT system, external_id, key, document FROM seed_source_word
      WHERE target = $1 AND key = ANY ($2::text[]) AND document IS NOT NULL ORDER BY system, external_id`;
    return (await this.database.query<WordRow>(text, [this.target, keys])).map(toWord);
  }

  async findSilent(system: SystemId, ids: readonly ExternalId[]): Promise<readonly ExternalId[]> {
    const text = `SELECT external_id FROM seed_source_word
      WHERE target = $1 AND system = $2 AND external_id = ANY ($3::text[]) AND document IS NULL`;
    const rows = await this.database.query<Pick<WordRow, 'external_id'>>(text, [this.target, system, ids]);
    return rows.map(({ external_id }) => external_id);
  }

  async beginComparison(): Promise<void> {
    await this.database.transaction((sql) => forget(sql, this.target, ['told', 'record']));
  }

  async saveCompared(told: readonly ToldKey[], records: readonly SourcedRecord[]): Promise<void> {
    const sequences = new Map(told.map(({ key, sequence }) => [key, sequence ?? -1n]));
    await this.database.transaction(async (sql) => {
      const taken = await sql.query<{ key: BusinessKey }>(TELL, [
        ...[this.target, [...sequences.keys()], [...sequences.values()].map(String)],
      ]);
      const kept = new Set(taken.map(({ key }) => key));
      await sql.query('DELETE FROM seed_source_record WHERE target = $1 AND key = ANY ($2::text[])', [
        ...[this.target, [...kept]],
      ]);
      const saved = records.filter(({ event }) => kept.has(event.key) || !sequences.has(event.key));
      if (saved.length === 0) return;
      await sql.query(SAVE_RECORDS, [
        ...[this.target, saved.map(({ event }) => event.key), saved.map(({ partition }) => partition)],
        ...[saved.map(({ kind }) => kind), saved.map(({ event }) => toDocument(event))],
      ]);
    });
  }

  async findUntold(after: string, limit: number): Promise<readonly BusinessKey[]> {
    const rows = await this.database.query<{ key: BusinessKey }>(UNTOLD, [this.target, after, limit]);
    return rows.map(({ key }) => key);
  }

  async finish(sample: number, judge: (differences: SourceDifferences) => void): Promise<void> {
    await this.database.transaction(async (sql) => {
      const [row] = await sql.query<{ differences: SourceDifferences }>(FINISH, [this.target, sample]);
      if (row) judge(row.differences);
      await forget(sql, this.target, ['told', 'word']);
    });
  }

  async findRecords(partition: number, after: string, limit: number): Promise<readonly SourcedRecord[]> {
    const text = `SELECT partition, kind, document FROM seed_source_record
      WHERE target = $1 AND partition = $2 AND key > $3 ORDER BY key LIMIT $4`;
    return (await this.database.query<RecordRow>(text, [this.target, partition, after, limit])).map(toRecord);
  }

  async findDiffering(keys: readonly BusinessKey[]): Promise<ReadonlySet<BusinessKey>> {
    const text = 'SELECT key FROM seed_source_record WHERE target = $1 AND key = ANY ($2::text[])';
    const rows = await this.database.query<{ key: BusinessKey }>(text, [this.target, keys]);
    return new Set(rows.map(({ key }) => key));
  }
}

async function forget(sql: Sql, target: string, parts: readonly ('told' | 'word' | 'record')[]): Promise<void> {
  for (const part of parts) await sql.query(`DELETE FROM seed_source_${part} WHERE target = $1`, [target]);
}

function toScan({ is_ended: isEnded, ...scan }: ScanRow): SourceScan {
  const { system, cursor, pages, records, silent } = scan;
  return { system, cursor, isEnded, pages, records, silent };
}
