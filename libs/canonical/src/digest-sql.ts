import type { FieldType } from '#kernel';

/** One column of a row digest. */
export interface DigestColumn {
  /** Name of the field in the digest. */
  readonly name: string;
  /** SQL expression of its value, already quoted: `p."brand"`. */
  readonly expression: string;
  /**
   * How the value becomes canonical text: text and varchar as `text`, numeric as `decimal`, boolean, timestamptz as
   * `instant`, jsonb as `texts`. `raw` takes the text that the server prints, of any type and without NFC; it notices
   * every change, but equals no digest computed elsewhere.
   */
  readonly type: FieldType | 'raw';
  /** Decimals only: rounded to so many digits first. */
  readonly scale?: number;
}

/**
 * A PostgreSQL expression (version 13 or later, UTF-8 database) with the same result as `recordDigest` for a row in
 * which every column is present. Costs about as much as an `md5` of the row.
 */
export function recordDigestSql(columns: readonly DigestColumn[]): string {
  const sorted = [...columns].sort((a, b) => (a.name < b.name ? -1 : 1));
  const parts = sorted.map((column) => `${literal(`${column.name}=`)} || coalesce(${valueSql(column)}, '~') || ';'`);
  return `left(md5(convert_to(${parts.join(' || ') || "''"}, 'UTF8')), 16)`;
}

/**
 * Select list of three aggregates, `count`, `xor` and `sum`, over a digest column; read by `toCombinedDigest`.
 * Needs `bit_xor`, so PostgreSQL 14 or later.
 */
export function combinedDigestSql(digestExpression: string): string {
  return combinedBitsSql(`('x' || ${digestExpression})::bit(64)::bigint`);
}

/** The same over a bigint column of the digests' bits. */
export function combinedBitsSql(bits: string): string {
  return `count(*)::text AS count, bit_xor(${bits})::text AS xor, sum(${bits})::text AS sum`;
}

/**
 * An aggregate over rows of `count`, `xor` and `sum` as {@link combinedDigestSql} names them: all in one text, which costs
 * half the bytes of as many rows and a fraction of the client's time. Read by `toCombinedDigests`.
 * @param row alias of the rows. @param order what they are sorted by
 */
export function packedDigestsSql(row: string, order: string): string {
  const text = ['count', 'xor', 'sum'].map((name) => `coalesce(${row}.${name}, '0')`).join(` || ' ' || `);
  return `string_agg(${text}, ' ' ORDER BY ${order})`;
}

/**
 * An aggregate over rows: ids with their digests as one JSON array of texts, in any order. Read by `toKeyDigests`.
 * @param id expression of a text. @param digest without spaces, or null
 */
export function packedKeyDigestsSql(id: string, digest: string): string {
  return `json_agg(coalesce(${digest}, '') || ' ' || ${id})::text`;
}

function valueSql({ expression, type, scale }: DigestColumn): string {
  switch (type) {
    case 'text':
      return escaped(`normalize((${expression})::text, NFC)`);
    case 'decimal':
      return `trim_scale(${scale === undefined ? `(${expression})` : `round((${expression}), ${scale})`})::text`;
    case 'boolean':
      return `(${expression})::text`;
    case 'instant':
      return `to_char((${expression}) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
    case 'texts':
      return escaped(textsSql(expression));
    case 'raw':
      return escaped(`(${expression})::text`);
  }
}

function textsSql(expression: string): string {
  const text = `t.locale || ':' || ${escaped('normalize(t.text, NFC)')} || ';'`;
  return (
    `(SELECT string_agg(${text}, '' ORDER BY t.locale COLLATE "C")` +
    ` FROM jsonb_each_text(nullif((${expression}), 'null'::jsonb)) AS t(locale, text) WHERE t.text IS NOT NULL)`
  );
}

function escaped(expression: string): string {
  return `replace(replace(${expression}, '~', '~0'), ';', '~1')`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
