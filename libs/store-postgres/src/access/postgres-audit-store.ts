import type { AuditEntry, AuditStore } from '#audit';
import type { Database, Sql } from '../database.js';
import { instantColumn } from './instant-columns.js';

/** A row of `audit_chain` as the driver returns it. */
export type AuditRow = Omit<AuditEntry, 'seq' | 'keyId' | 'requestId'> & {
  readonly seq: string;
  readonly key_id: string;
  readonly request_id: string;
};

const COLUMNS = `seq, ${instantColumn('at')}, actor, kind, verb, resource, target, request_id, phase, outcome, key_id, prev, hash`;
/** Appends of all processes of the service follow one another; readers and other tables are not held up. */
const LOCK = `SELECT pg_advisory_xact_lock(hashtext('audit chain'), hashtext(current_schema()))`;
const HEAD = `SELECT ${COLUMNS} FROM audit_chain ORDER BY seq DESC LIMIT 1`;
const PAGE = `SELECT ${COLUMNS} FROM audit_chain WHERE audit_chain.seq >= $1 ORDER BY seq LIMIT $2`;
const INSERT = `
  INSERT INTO audit_chain (seq, at, actor, kind, verb, resource, target, request_id, phase, outcome, key_id, prev, hash)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`;

/** The audit of one service, in its own schema. */
export class PostgresAuditStore implements AuditStore {
  constructor(private readonly database: Database) {}

  async append(next: (last: AuditEntry | null) => AuditEntry): Promise<AuditEntry> {
    return this.database.transaction(async (sql) => {
      await sql.query(LOCK);
      const entry = next(await headOf(sql));
      const { actor, kind, verb, resource, target, requestId, phase, outcome, keyId, prev, hash } = entry;
      const what = [actor, kind, verb, resource, target, requestId, phase, outcome];
      await sql.query(INSERT, [String(entry.seq), entry.at, ...what, keyId, prev, hash]);
      return entry;
    });
  }

  async find(from: bigint, limit: number): Promise<readonly AuditEntry[]> {
    return (await this.database.query<AuditRow>(PAGE, [String(from), limit])).map(toAuditEntry);
  }

  findHead(): Promise<AuditEntry | null> {
    return headOf(this.database);
  }
}

async function headOf(sql: Sql): Promise<AuditEntry | null> {
  const [row] = await sql.query<AuditRow>(HEAD);
  return row ? toAuditEntry(row) : null;
}

/** The entry of a row. */
export function toAuditEntry(row: AuditRow): AuditEntry {
  const {
    seq,
    key_id: keyId,
    request_id: requestId,
    at,
    actor,
    kind,
    verb,
    resource,
    target,
    phase,
    outcome,
    prev,
    hash,
  } = row;
  const what = { actor, kind, verb, resource, target, requestId, phase, outcome };
  return { ...what, seq: BigInt(seq), at, keyId, prev, hash };
}
