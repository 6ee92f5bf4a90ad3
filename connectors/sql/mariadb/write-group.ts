import { toWallClock } from '#connector-sdk';
import { ROW, type TextRow, type WriteGroup } from '../database.js';
import type { MariadbClient, Query, SqlValue } from './client.js';
import { typeOf } from './column-types.js';
import { assignedSql, bytesSql, isDifferentSql, keySql, SHORT_TEXT, TEXT, toSqlText } from './expressions.js';
import type { MariadbPlan } from './mariadb-plan.js';
import { quote } from './names.js';
import { isDuplicate } from './source-error.js';

/**
 * Writes a group in one transaction (READ COMMITTED): rows are locked by the read that compares version and values on
 * their newest state, then written, then read back, since MariaDB's UPDATE returns no rows. The lock makes it
 * compare-and-set, also where the version is the digest of the row.
 * Locks: the rows named, in no fixed order; a deadlock with the system's own writers ends as an unknown outcome.
 */
export async function writeGroup(client: MariadbClient, plan: MariadbPlan, group: WriteGroup): Promise<TextRow[]> {
  switch (group.operation) {
    case 'create':
      return insert(client, plan, group);
    case 'update':
      return client.transaction((query) => update(query, plan, group));
    case 'delete':
      return client.transaction((query) => remove(query, plan, group));
  }
}

async function update(query: Query, plan: MariadbPlan, group: WriteGroup): Promise<TextRow[]> {
  const differs = group.columns.map((name, at) =>
    isDifferentSql(`t.${quote(name)}`, `r.c${at}`, typeOf(plan.types, name)),
  );
  const locked = await query(
    `SELECT CAST(r.n AS CHAR) AS n FROM ${recordsetSql(group)} STRAIGHT_JOIN ${plan.relation} AS t ON ${matchSql(plan)}
     WHERE ${versionSql(plan)} AND (${differs.join(' OR ')}) FOR UPDATE`,
    [toJson(plan, group)],
  );
  const chosen = only(group, locked);
  if (chosen.writes.length === 0) return [];
  const assignments = group.columns.map((name, at) => `t.${quote(name)} = ${assigned(plan, name, at)}`);
  const json = toJson(plan, chosen);
  await inZone(query, plan, () =>
    query(
      `UPDATE ${recordsetSql(group)} STRAIGHT_JOIN ${plan.relation} AS t ON ${matchSql(plan)}
       SET ${[...assignments, ...touchSql(plan).map((column) => `t.${column} = NOW(6)`)].join(', ')}`,
      [json],
    ),
  );
  return query(
    `SELECT CAST(r.n AS CHAR) AS ${quote(ROW.write)}, ${plan.selectList}
     FROM ${recordsetSql(group)} STRAIGHT_JOIN ${plan.relation} AS t ON ${matchSql(plan)}`,
    [json],
  );
}

async function remove(query: Query, plan: MariadbPlan, group: WriteGroup): Promise<TextRow[]> {
  const rows = await query(
    `SELECT CAST(r.n AS CHAR) AS ${quote(ROW.write)}, ${plan.selectList}
     FROM ${recordsetSql(group)} STRAIGHT_JOIN ${plan.relation} AS t ON ${matchSql(plan)}
     WHERE ${versionSql(plan)} FOR UPDATE`,
    [toJson(plan, group)],
  );
  const chosen = only(
    group,
    rows.map((row) => ({ n: row[ROW.write] ?? null })),
  );
  if (chosen.writes.length === 0) return [];
  await inZone(query, plan, () =>
    query(`DELETE t FROM ${recordsetSql(group)} STRAIGHT_JOIN ${plan.relation} AS t ON ${matchSql(plan)}`, [
      toJson(plan, chosen),
    ]),
  );
  return rows;
}

/** `INSERT IGNORE` would also store what does not fit; so a duplicate fails its statement, and alone it is no row. */
async function insert(client: MariadbClient, plan: MariadbPlan, group: WriteGroup): Promise<TextRow[]> {
  try {
    return await client.transaction(async (query) => {
      const names = [...group.columns.map(quote), ...touchSql(plan)];
      const values = group.columns.map((name, at) => assigned(plan, name, at));
      const inserted = await inZone(query, plan, () =>
        query(
          `INSERT INTO ${plan.relation} (${names.join(', ')})
           SELECT ${[...values, ...touchSql(plan).map(() => 'NOW(6)')].join(', ')} FROM ${recordsetSql(group)} ORDER BY r.n
           RETURNING ${bytesSql(quote(plan.idColumn), plan.idType)} AS id`,
          [toJson(plan, group)],
        ),
      );
      const ids = JSON.stringify(inserted.map(({ id }) => ({ id })));
      return query(
        `SELECT ${plan.selectList} FROM ${recordsetSql({ ...group, columns: [] })}
         STRAIGHT_JOIN ${plan.relation} AS t ON ${matchSql(plan)}`,
        [ids],
      );
    });
  } catch (error) {
    if (group.writes.length === 1 && isDuplicate(error)) return [];
    throw error;
  }
}

/**
 * Runs a write in the zone of the time column, where it has no offset: defaults, ON UPDATE CURRENT_TIMESTAMP and triggers
 * then store the same wall clock for us as for everyone. An error in between ends the connection.
 */
async function inZone<T>(query: Query, plan: MariadbPlan, work: () => Promise<T>): Promise<T> {
  if (isUtc(plan)) return work();
  const [row] = await query("SELECT DATE_FORMAT(UTC_TIMESTAMP(6), '%Y-%m-%dT%H:%i:%s.%fZ') AS now");
  await query(`SET time_zone = ?`, [offsetAt(row?.['now'] ?? '', plan.options.zone)]);
  const result = await work();
  await query("SET time_zone = '+00:00'");
  return result;
}

/** `+02:00` */
function offsetAt(instant: string, zone: string): string {
  const wall = Date.parse(`${toWallClock(instant, zone).slice(0, 19).replace(' ', 'T')}Z`);
  const minutes = Math.round((wall - Date.parse(`${instant.slice(0, 19)}Z`)) / 60_000);
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `${minutes < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}:${String(rest).padStart(2, '0')}`;
}

function isUtc({ atType, options }: MariadbPlan): boolean {
  return atType.kind !== 'datetime' || options.changedAt === undefined || options.zone === 'UTC';
}

function assigned(plan: MariadbPlan, name: string, at: number): string {
  return assignedSql(`r.c${at}`, typeOf(plan.types, name));
}

function matchSql({ id, idType, idBytes }: MariadbPlan): string {
  const key = keySql('r.id', idType);
  return key === null ? `${idBytes} = r.id` : `${id} = ${key} AND ${idBytes} = r.id`;
}

/** The version is compared as text, and only where the write names one. */
function versionSql(plan: MariadbPlan): string {
  return `(r.version IS NULL OR ${plan.versionSql} = r.version)`;
}

function touchSql({ options }: MariadbPlan): string[] {
  return options.touch && options.changedAt !== undefined ? [quote(options.changedAt)] : [];
}

function recordsetSql({ columns }: Pick<WriteGroup, 'columns'>): string {
  const values = columns.map((_, at) => `, c${at} ${TEXT} PATH '$.c${at}'`).join('');
  return `JSON_TABLE(?, '$[*]' COLUMNS (n INT PATH '$.n', id ${SHORT_TEXT} PATH '$.id',
    version ${SHORT_TEXT} PATH '$.version'${values})) AS r`;
}

function only(group: WriteGroup, rows: readonly TextRow[]): WriteGroup {
  const chosen = new Set(rows.map(({ n }) => Number(n)));
  return { ...group, writes: group.writes.filter(({ index }) => chosen.has(index)) };
}

function toJson({ types }: MariadbPlan, { columns, writes }: WriteGroup): string {
  const rows = writes.map(({ index, write, values }) => {
    const row: Record<string, SqlValue | number> = { n: index, id: write.externalId, version: write.expectedVersion };
    for (const [at, name] of columns.entries()) row[`c${at}`] = toSqlText(values[name] ?? null, typeOf(types, name));
    return row;
  });
  return JSON.stringify(rows);
}
