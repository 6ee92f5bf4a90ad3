import { checkMapping, type CheckReport, type DiscoveredEntity } from '#connector-sdk';
import { HubError, toHubError } from '#kernel';
import type { EntityPlan } from '../entity-plan.js';
import type { MariadbClient } from './client.js';
import { readColumnTypes, typeOf, type ColumnKind, type ColumnTypes } from './column-types.js';

/** JSON_TABLE, in which values and ids are handed over, came with MariaDB 10.6. */
const OLDEST_VERSION = [10, 6] as const;
const TIMES: ReadonlySet<ColumnKind> = new Set(['timestamp', 'datetime']);
const WHOLE_NUMBERS: ReadonlySet<ColumnKind> = new Set(['integer', 'decimal']);

/** Whether the database is there, with which rights, and everything wrong with the mapped tables. Reads only. */
export async function checkDatabase(client: MariadbClient, plans: Iterable<EntityPlan>): Promise<CheckReport> {
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

async function checkVersion(client: MariadbClient, problems: string[]): Promise<string> {
  const [row] = await client.query('SELECT VERSION() AS version, DATABASE() AS name');
  const version = row?.['version'] ?? '?';
  if (!/mariadb/i.test(version)) problems.push(`The server is no MariaDB (${version}).`);
  else if (isOld(version)) problems.push('MariaDB 10.6 or later is needed.');
  if (row?.['name'] === null) problems.push('url: names no database.');
  return `MariaDB ${version.split('-')[0] ?? version}`;
}

function isOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_VERSION;
  return major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
}

async function checkEntity(client: MariadbClient, plan: EntityPlan, problems: string[]): Promise<boolean> {
  const add = (problem: string): number => problems.push(`${plan.entity}: ${problem}`);
  for (const problem of checkMapping(plan.mapping, plan.descriptor)) add(problem);
  if (plan.version.kind === 'xmin') add('options.version: xmin is of PostgreSQL; name a column, "digest" or "none"');
  try {
    const types = await readColumnTypes(client, plan);
    checkColumnTypes(plan, types).forEach(add);
    if (plan.source.kind === 'query') return false;
    (await checkRelation(client, plan, types)).forEach(add);
    return await hasWriteRights(client, plan);
  } catch (error) {
    if (!(error instanceof HubError) || error.disposition !== 'stop') throw error;
    add(error.message);
    return false;
  }
}

function checkColumnTypes({ options, version }: EntityPlan, types: ColumnTypes): string[] {
  const problems: string[] = [];
  const at = types.get(options.changedAt ?? '')?.kind;
  if (at !== undefined && !TIMES.has(at))
    problems.push(`options.changedAt: column "${options.changedAt}" is ${at}, not a datetime or timestamp`);
  const kind = version.kind === 'column' ? types.get(version.column)?.kind : undefined;
  if (kind !== undefined && version.kind === 'column' && !WHOLE_NUMBERS.has(kind))
    problems.push(`options.version: column "${version.column}" is ${kind}, not a whole number`);
  return problems;
}

/** The kind of the relation, its engine, and whether its id is unique: two rows of one id would overwrite each other. */
async function checkRelation(client: MariadbClient, plan: EntityPlan, types: ColumnTypes): Promise<string[]> {
  const [row] = await client.query(
    `SELECT CAST(table_type AS CHAR) AS type, CAST(engine AS CHAR) AS engine FROM information_schema.tables
     WHERE table_schema = COALESCE(?, DATABASE()) AND table_name = ?`,
    pathOf(plan),
  );
  if (row?.['type'] === 'VIEW') return [];
  const problems: string[] = [];
  if (!typeOf(types, plan.idColumn).isUnique)
    problems.push(`options.id: column "${plan.idColumn}" needs a unique index of its own, so that it names one row`);
  if (row?.['engine'] !== 'InnoDB')
    problems.push(
      `${plan.mapping.source} is a table of ${row?.['engine'] ?? '?'}, whose rows can't be locked; use InnoDB`,
    );
  return problems;
}

/** Rights on everything, on the database or on the table. */
async function hasWriteRights(client: MariadbClient, plan: EntityPlan): Promise<boolean> {
  const [schema, table] = pathOf(plan);
  const [row] = await client.query(
    `SELECT CAST(COUNT(DISTINCT p.privilege_type) AS CHAR) AS count FROM (
       SELECT privilege_type FROM information_schema.user_privileges
       UNION ALL SELECT privilege_type FROM information_schema.schema_privileges
         WHERE COALESCE(?, DATABASE()) LIKE table_schema
       UNION ALL SELECT privilege_type FROM information_schema.table_privileges
         WHERE table_schema = COALESCE(?, DATABASE()) AND table_name = ?
     ) AS p WHERE p.privilege_type IN ('INSERT', 'UPDATE', 'DELETE')`,
    [schema, schema, table],
  );
  return row?.['count'] === '3';
}

/** Tables and views of the database, with their columns. */
export async function discoverTables(client: MariadbClient): Promise<readonly DiscoveredEntity[]> {
  const rows = await client.query(
    `SELECT CAST(t.table_name AS CHAR) AS name, CAST(t.table_rows AS CHAR) AS count, CAST(c.column_name AS CHAR) AS field,
       CAST(c.column_type AS CHAR) AS type, CAST(c.is_nullable AS CHAR) AS nullable
     FROM information_schema.tables AS t
       JOIN information_schema.columns AS c ON c.table_schema = t.table_schema AND c.table_name = t.table_name
     WHERE t.table_schema = DATABASE() ORDER BY t.table_name, c.ordinal_position`,
  );
  const found = new Map<string, { fields: DiscoveredEntity['fields'][number][]; count: string | null }>();
  for (const row of rows) {
    const entity = found.get(row['name'] ?? '') ?? { fields: [], count: row['count'] ?? null };
    entity.fields.push({ name: row['field'] ?? '', type: row['type'] ?? '', nullable: row['nullable'] === 'YES' });
    found.set(row['name'] ?? '', entity);
  }
  return [...found].map(([name, { fields, count }]) => ({
    name,
    fields,
    approximateCount: count === null ? null : Number(count),
  }));
}

function pathOf({ source }: EntityPlan): [schema: string | null, table: string] {
  const [table = '', schema = null] = source.kind === 'table' ? [...source.path].reverse() : [];
  return [schema, table];
}
