import type { FieldType } from '#kernel';

/** One column of a row digest in MariaDB. */
export interface MariadbDigestColumn {
  /** Name of the field in the digest. */
  readonly name: string;
  /** SQL expression of its value, already quoted. */
  readonly expression: string;
  /**
   * How the value becomes canonical text: char, varchar and text as `text`, decimal and whole numbers as `decimal`,
   * a number that is 0 or not as `boolean`, a UTC datetime as `instant`. `raw` takes the text of the expression as it is.
   * `text` equals the digest computed elsewhere only for texts in NFC, since MariaDB can't compose characters; a text
   * that is not differs, it never equals wrongly. Maps of texts have no type here, for the same reason.
   */
  readonly type: Exclude<FieldType, 'texts'> | 'raw';
  /** Decimals only: rounded to so many digits first. */
  readonly scale?: number;
}

/** Compares and replaces by bytes, and lets no trailing space be ignored. */
const BYTES = 'COLLATE utf8mb4_nopad_bin';

/**
 * A MariaDB expression (10.6 or later; connection in utf8mb4) with the same result as `recordDigest` for a row in which
 * every column is present.
 */
export function mariadbRecordDigestSql(columns: readonly MariadbDigestColumn[]): string {
  const sorted = [...columns].sort((a, b) => (a.name < b.name ? -1 : 1));
  const parts = sorted.flatMap((column) => [literal(`${column.name}=`), `COALESCE(${valueSql(column)}, '~')`, "';'"]);
  return `LEFT(MD5(CONCAT(${parts.join(', ') || "''"})), 16)`;
}

/** Select list of three aggregates, `count`, `xor` and `sum`, over a digest column; read by `toCombinedDigest`. */
export function mariadbCombinedDigestSql(digestExpression: string): string {
  const bits = `CAST(CONV(${digestExpression}, 16, 10) AS UNSIGNED)`;
  return (
    `CAST(COUNT(*) AS CHAR) AS \`count\`, CAST(BIT_XOR(${bits}) AS CHAR) AS \`xor\`, ` +
    `CAST(SUM(${bits}) AS CHAR) AS \`sum\``
  );
}

function valueSql({ expression, type, scale }: MariadbDigestColumn): string {
  switch (type) {
    case 'text':
    case 'raw':
      return escaped(`CONVERT(${expression} USING utf8mb4) ${BYTES}`);
    case 'decimal':
      return trimmed(scale === undefined ? `(${expression})` : `ROUND(${expression}, ${scale})`);
    case 'boolean':
      return `IF((${expression}) IS NULL, NULL, IF((${expression}) <> 0, 'true', 'false'))`;
    case 'instant':
      return `DATE_FORMAT(${expression}, '%Y-%m-%dT%H:%i:%s.%fZ')`;
  }
}

/** MariaDB prints a decimal in the scale of its column, and knows a zero with a sign. */
function trimmed(expression: string): string {
  const text = `REGEXP_REPLACE(CAST(${expression} AS CHAR), '(\\\\.[0-9]*[1-9])0+$|\\\\.0*$', '\\\\1')`;
  return `IF((${expression}) = 0, '0', ${text})`;
}

function escaped(expression: string): string {
  return `REPLACE(REPLACE(${expression}, '~', '~0'), ';', '~1')`;
}

function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}
