import { recordDigestSql, type DigestColumn } from '#canonical';
import { ENTITIES, type Entity } from '#contracts';
import { HubError, type FieldType } from '#kernel';
import { ROW_DIGEST_NAMES, type SeedRow } from '#replay';
import { copyText } from './copy-text.js';

/** Where a seeded store keeps one entity. */
export interface SeedTableName {
  readonly schema: string;
  readonly table: string;
}

interface FieldColumn {
  readonly field: string;
  readonly column: string;
  readonly type: FieldType;
}

const SQL_TYPES: Readonly<Record<FieldType, string>> = {
  text: 'text',
  decimal: 'numeric',
  boolean: 'boolean',
  instant: 'timestamptz',
  texts: 'jsonb',
};
const ROW_COLUMNS = ['key', 'version', 'sequence', 'status'] as const;
const POSITION_COLUMNS = ['topic', 'partition', 'next_offset', 'until_offset', 'state'] as const;
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** PostgreSQL cuts longer names; the longest suffix is `_seed`. */
const MAX_NAME_LENGTH = 58;

/** Names and statements of the tables of one seeded entity. */
export class SeedTable {
  /** Quoted names of the rows, the positions, and the view of live rows. */
  readonly rows: string;
  readonly positions: string;
  readonly view: string;
  private readonly fields: readonly FieldColumn[];

  /**
   * @param names fields that the table holds
   * @throws HubError HUB_SEED_TARGET_INVALID for a name that needs care everywhere else
   */
  constructor(
    entity: Entity,
    readonly name: SeedTableName,
    names: readonly string[] = Object.keys(ENTITIES[entity].fields),
  ) {
    for (const part of [name.schema, name.table])
      if (!IDENTIFIER.test(part) || part.length > MAX_NAME_LENGTH)
        throw new HubError('HUB_SEED_TARGET_INVALID', `"${part}" is no plain name of a table or schema.`, {
          name: part,
        });
    this.rows = `"${name.schema}"."${name.table}"`;
    this.positions = `"${name.schema}"."${name.table}_seed"`;
    this.view = `"${name.schema}"."${name.table}_live"`;
    this.fields = names.map((field) => ({
      ...{ field, type: ENTITIES[entity].fields[field]?.type ?? 'text' },
      column: columnOf(field),
    }));
  }

  /** Columns that a seed relies on. */
  get rowColumns(): readonly string[] {
    return [...ROW_COLUMNS, ...this.fields.map(({ column }) => column)];
  }

  get positionColumns(): readonly string[] {
    return POSITION_COLUMNS;
  }

  /** Creates rows, positions and view where they are absent. Deleted records stay as rows, so readers want the view. */
  createSql(): readonly string[] {
    const columns = this.fields.map(({ column, type }) => `"${column}" ${SQL_TYPES[type]}`);
    const shown = ['key', 'version', ...this.fields.map(({ column }) => `"${column}"`)];
    return [
      `CREATE TABLE IF NOT EXISTS ${this.rows} (key text COLLATE "C" PRIMARY KEY, version bigint NOT NULL,
        sequence bigint NOT NULL, status text NOT NULL, ${columns.join(', ')})`,
      `CREATE TABLE IF NOT EXISTS ${this.positions} (topic text NOT NULL, partition integer PRIMARY KEY,
        next_offset bigint NOT NULL, until_offset bigint, state text NOT NULL) WITH (fillfactor = 20)`,
      `ALTER TABLE ${this.positions} ADD COLUMN IF NOT EXISTS shape text NOT NULL DEFAULT ''`,
      `CREATE OR REPLACE VIEW ${this.view} AS SELECT ${shown.join(', ')} FROM ${this.rows} WHERE status = 'live'`,
    ];
  }

  /** Where a page is loaded to: a table of the session, emptied by the end of each transaction. */
  createPageSql(): string {
    const columns = this.rowColumns.map((column) => `"${column}"`);
    return `CREATE TEMPORARY TABLE IF NOT EXISTS seed_page ON COMMIT DELETE ROWS AS SELECT ${columns.join(', ')} FROM ${this.rows} WITH NO DATA`;
  }

  /** Loads {@link toCopyText}'s bytes. */
  copyPageSql(): string {
    return `COPY seed_page (${this.rowColumns.map((column) => `"${column}"`).join(', ')}) FROM STDIN`;
  }

  /** Writes the rows of the loaded page where they are newer, and answers how many were. */
  upsertSql(): string {
    const columns = this.rowColumns.map((column) => `"${column}"`);
    const updates = columns.slice(1).map((column) => `${column} = excluded.${column}`);
    return `
      WITH written AS (
        INSERT INTO ${this.rows} AS t (${columns.join(', ')})
        SELECT ${columns.join(', ')} FROM seed_page
        ON CONFLICT (key) DO UPDATE SET ${updates.join(', ')} WHERE excluded.sequence > t.sequence
        RETURNING 1)
      SELECT count(*) AS count FROM written`;
  }

  /** Rows as {@link copyPageSql} reads them. */
  toCopyText(rows: readonly SeedRow[]): Buffer {
    let text = '';
    for (const { key, version, sequence, status, fields } of rows) {
      text += `${copyText(key)}\t${version}\t${sequence}\t${status}`;
      for (const { field } of this.fields) text += `\t${copyText(fields[field] ?? null)}`;
      text += '\n';
    }
    return Buffer.from(text, 'utf8');
  }

  /** Digest of a row `t`, the same as `seedRowDigest`. Decimals are not rounded, so that no edit is too small to show. */
  digestSql(): string {
    const own = Object.entries(ROW_DIGEST_NAMES).map(([column, name]): DigestColumn => ({
      name,
      expression: `t.${column}`,
      type: 'raw',
    }));
    const fields = this.fields.map(({ field, column, type }): DigestColumn => ({
      name: field,
      expression: `t."${column}"`,
      type,
    }));
    return recordDigestSql([...own, ...fields]);
  }
}

/** `taxIncluded` is kept in column `tax_included`. */
function columnOf(field: string): string {
  const column = field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return (ROW_COLUMNS as readonly string[]).includes(column) ? `field_${column}` : column;
}
