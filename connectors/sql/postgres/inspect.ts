import { checkMapping, type CheckReport, type DiscoveredEntity } from '#connector-sdk';
import { HubError, toHubError } from '#kernel';
import type { PostgresClient } from './client.js';
import { readColumnTypes, type ColumnTypes } from './column-types.js';
import type { PostgresPlan } from './postgres-plan.js';

/** `bit_xor`, which range digests need, came with PostgreSQL 14. */
const OLDEST_VERSION = 140_000;
const TIMES = new Set(['timestamp with time zone', 'timestamp without time zone']);
const WHOLE_NUMBERS = new Set(['smallint', 'integer', 'bigint', 'numeric']);

/** Whether the database is there, with which rights, and everything wrong with the mapped tables. Reads only. */
export async function checkDatabase(client: PostgresClient, plans: Iterable<PostgresPlan>): Promise<CheckReport> {
  const problems: string[] = [];
  let version: string | null = null;
  try {
    version = await checkVersion(client, problems);
    let canWrite = true;
    for (const plan of plans) canWrite = (await checkEntity(client, plan, problems)) && canWrite;
    return { reachable: true, version, canWrite, problems };
  } catch (error) {
    const problem = toHubError(error);
    if (problem.disposition === 'crash') throw problem;
    return { reachable: version !== null, version, canWrite: false, problems: [...problems, problem.message] };
  }
}

async function checkVersion(client: PostgresClient, problems: string[]): Promise<string> {
  const [row] = await client.query(
    `SELECT current_setting('server_version_num') AS number, current_setting('server_version') AS name,
       current_setting('server_encoding') AS encoding`,
  );
  if (Number(row?.['number']) < OLDEST_VERSION) problems.push('PostgreSQL 14 or later is needed.');
  if (row?.['encoding'] === 'SQL_ASCII')
    problems.push('The database has the encoding SQL_ASCII, so its texts are not known.');
  return `PostgreSQL ${row?.['name'] ?? '?'}`;
}

async function checkEntity(client: PostgresClient, plan: PostgresPlan, problems: string[]): Promise<boolean> {
  const add = (problem: string): number => problems.push(`${plan.entity}: ${problem}`);
  for (const problem of checkMapping(plan.mapping, plan.descriptor)) add(problem);
  try {
    checkColumnTypes(plan, await readColumnTypes(client, plan)).forEach(add);
    if (plan.source.kind === 'query') return false;
    (await checkRelation(client, plan)).forEach(add);
    return await hasWriteRights(client, plan);
  } catch (error) {
    if (!(error instanceof HubError) || error.disposition !== 'stop') throw error;
    add(error.message);
    return false;
  }
}

function checkColumnTypes(plan: PostgresPlan, types: ColumnTypes): string[] {
  const { version } = plan;
  const versionColumn = version.kind === 'column' ? version.column : undefined;
  return [
    ...checkColumnType('changedAt', plan.options.changedAt, types, { allowed: TIMES, wanted: 'a timestamp' }),
    ...checkColumnType('version', versionColumn, types, { allowed: WHOLE_NUMBERS, wanted: 'a whole number' }),
  ];
}

function checkColumnType(
  option: string,
  column: string | undefined,
  types: ColumnTypes,
  { allowed, wanted }: { readonly allowed: ReadonlySet<string>; readonly wanted: string },
): string[] {
  const type = column === undefined ? undefined : types.get(column);
  if (column === undefined || (type !== undefined && allowed.has(type))) return [];
  return [`options.${option}: column "${column}" is ${type ?? 'unknown'}, not ${wanted}`];
}

/** The kind of the relation, and whether its id is unique: two rows of one id would overwrite each other. */
async function checkRelation(client: PostgresClient, plan: PostgresPlan): Promise<string[]> {
  const [row] = await client.query(
    `SELECT c.relkind::text AS kind, EXISTS (
         SELECT FROM pg_index AS i JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
         WHERE i.indrelid = c.oid AND i.indisunique AND i.indnkeyatts = 1 AND i.indpred IS NULL AND a.attname = $2
       )::text AS is_unique
     FROM pg_class AS c WHERE c.oid = $1::regclass`,
    [plan.relation, plan.idColumn],
  );
  const isTable = row?.['kind'] === 'r' || row?.['kind'] === 'p';
  const problems: string[] = [];
  if (isTable && row['is_unique'] !== 'true')
    problems.push(`options.id: column "${plan.idColumn}" needs a unique index of its own, so that it names one row`);
  if (!isTable && plan.version.kind === 'xmin')
    problems.push(
      `options.version: ${plan.mapping.source} is no table and has no xmin; name a column, "digest" or "none"`,
    );
  return problems;
}

async function hasWriteRights(client: PostgresClient, plan: PostgresPlan): Promise<boolean> {
  const [row] = await client.query(
    `SELECT bool_and(has_table_privilege($1::regclass, p.name))::text AS can_write
     FROM unnest('{INSERT,UPDATE,DELETE}'::text[]) AS p(name)`,
    [plan.relation],
  );
  return row?.['can_write'] === 'true';
}

/** Tables and views of the schemas on the search path, with their columns. */
export async function discoverTables(client: PostgresClient): Promise<readonly DiscoveredEntity[]> {
  const rows = await client.query(
    `SELECT n.nspname AS schema, c.relname AS name, greatest(c.reltuples, 0)::bigint::text AS count,
       n.nspname = current_schema() AS is_first,
       jsonb_agg(jsonb_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
         'nullable', NOT a.attnotnull) ORDER BY a.attnum)::text AS fields
     FROM pg_class AS c
       JOIN pg_namespace AS n ON n.oid = c.relnamespace
       JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE c.relkind IN ('r', 'p', 'v', 'm') AND n.nspname = ANY (current_schemas(false))
       AND has_table_privilege(c.oid, 'SELECT')
     GROUP BY n.nspname, c.oid ORDER BY n.nspname, c.relname`,
  );
  return rows.map((row) => ({
    name: row['is_first'] === 't' ? (row['name'] ?? '') : `${row['schema'] ?? ''}.${row['name'] ?? ''}`,
    fields: JSON.parse(row['fields'] ?? '[]') as DiscoveredEntity['fields'],
    approximateCount: Number(row['count']),
  }));
}
