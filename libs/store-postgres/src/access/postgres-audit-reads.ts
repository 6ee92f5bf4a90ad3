import type { AuditEntry } from '#audit';
import type { Database } from '../database.js';
import { instantColumn } from './instant-columns.js';
import { toAuditEntry, type AuditRow } from './postgres-audit-store.js';

/** An entry with the service whose chain it is in. */
export interface ServiceEntry extends AuditEntry {
  readonly service: string;
}

/** What entries must be; all that is given must hold. */
export interface AuditFilter {
  readonly services?: readonly string[];
  readonly actor?: string;
  readonly verb?: string;
  readonly resource?: string;
  readonly phase?: string;
  readonly outcome?: string;
  readonly requestId?: string;
  /** In the request's method and path. */
  readonly target?: string;
  /** At or after, and before; instants. */
  readonly from?: string;
  readonly until?: string;
}

/** Of each service, the number below which entries are asked for. */
export type AuditCursor = Readonly<Record<string, bigint>>;

const COLUMNS = `seq, ${instantColumn('at')}, actor, kind, verb, resource, target, request_id, phase, outcome, key_id, prev, hash`;
const TABLES = `
  SELECT s.service, s.schema FROM unnest($1::text[], $2::text[]) AS s(service, schema)
  WHERE to_regclass(format('%I.audit_chain', s.schema)) IS NOT NULL`;

/**
 * The audits of several services as one list. Reads their schemas, writes nothing. A rare filter reads each chain from its end to
 * its beginning: chains have no index but their numbers.
 */
export class PostgresAuditReads {
  /** @param services schemas by service; of a service that never ran there is none */
  constructor(
    private readonly database: Database,
    private readonly services: ReadonlyMap<string, string>,
  ) {}

  /** Newest first, at most `limit`. @throws HubError HUB_DATABASE_* */
  async find(filter: AuditFilter, before: AuditCursor, limit: number): Promise<ServiceEntry[]> {
    const wanted = [...this.services].filter(([service]) => filter.services?.includes(service) ?? true);
    const names = [wanted.map(([service]) => service), wanted.map(([, schema]) => schema)];
    const tables = await this.database.query<{ readonly service: string; readonly schema: string }>(TABLES, names);
    if (tables.length === 0) return [];
    const values: unknown[] = [];
    const add = (value: unknown): string => `$${values.push(value)}`;
    const conditions = toConditions(filter, add);
    const most = add(limit);
    const parts = tables.map(({ service, schema }) => {
      const below = before[service] === undefined ? [] : [`c.seq < ${add(String(before[service]))}::bigint`];
      const where = [...conditions, ...below].join(' AND ') || 'true';
      return `(SELECT ${add(service)}::text AS service, c.* FROM ${quoted(schema)}.audit_chain AS c
        WHERE ${where} ORDER BY c.seq DESC LIMIT ${most})`;
    });
    const text = `SELECT service, ${COLUMNS} FROM (${parts.join(' UNION ALL ')}) AS e
      ORDER BY e.at DESC, e.service, e.seq DESC LIMIT ${most}`;
    const rows = await this.database.query<AuditRow & { readonly service: string }>(text, values);
    return rows.map((row) => ({ ...toAuditEntry(row), service: row.service }));
  }
}

/** Where to go on: of services without an entry on this page, where they were. Pure. */
export function auditCursorAfter(page: readonly ServiceEntry[], before: AuditCursor): AuditCursor {
  const next: Record<string, bigint> = { ...before };
  for (const { service, seq } of page) if (next[service] === undefined || seq < next[service]) next[service] = seq;
  return next;
}

function toConditions(filter: AuditFilter, add: (value: unknown) => string): string[] {
  const equal = [
    ...(['actor', 'verb', 'resource', 'phase', 'outcome'] as const).map((name) => [name, filter[name]] as const),
    ['request_id', filter.requestId] as const,
  ];
  return [
    ...equal.flatMap(([column, value]) => (value === undefined ? [] : [`c.${column} = ${add(value)}::text`])),
    ...(filter.target === undefined ? [] : [`strpos(lower(c.target), lower(${add(filter.target)}::text)) > 0`]),
    ...(filter.from === undefined ? [] : [`c.at >= ${add(filter.from)}::timestamptz`]),
    ...(filter.until === undefined ? [] : [`c.at < ${add(filter.until)}::timestamptz`]),
  ];
}

/** Schemas are named by the hub file, never by a request; quoted all the same. */
function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
