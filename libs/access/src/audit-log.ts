import { toAuditCsv } from '#audit';
import type { AuditDetail, AuditLine, AuditPage } from '#contracts';
import { schemaName, type HubFile } from '#hub-file';
import { HubError } from '#kernel';
import {
  auditCursorAfter,
  Database,
  PostgresAuditReads,
  type AuditCursor,
  type AuditFilter,
  type ServiceEntry,
} from '#store-postgres';
import { accessSchema } from './open-access.js';
import { auditedServices } from './verify-audit.js';

const EXPORT_PAGE = 1_000;
const EXPORT_PAGES = 100;
const SAME_REQUEST = 20;
const CURSOR = /^[a-z0-9-]+:\d{1,18}(,[a-z0-9-]+:\d{1,18})*$/;

/** The audits of all services of a hub as one list; for the admin page and the CLI. Writes nothing. @throws HubError HUB_DATABASE_* */
export class AuditLog {
  /** Everyone that keeps an audit. */
  readonly services: readonly string[];
  private readonly reads: PostgresAuditReads;

  /** @param database of the hub's server; its schema does not matter */
  constructor(file: HubFile, database: Database) {
    this.services = auditedServices(file);
    const schemas = this.services.map((service) => [service, schemaName(file, service)] as const);
    this.reads = new PostgresAuditReads(database, new Map(schemas));
  }

  /** Newest first. @param before where the page before ended, as its `next` says */
  async page(filter: AuditFilter, before: AuditCursor, limit: number): Promise<AuditPage> {
    const found = await this.reads.find(filter, before, limit);
    const next = found.length < limit ? null : toCursorText(auditCursorAfter(found, before));
    return { entries: found.map(toLine), next, services: this.services };
  }

  /** @throws HubError HUB_NOT_FOUND */
  async get(service: string, seq: string): Promise<AuditDetail> {
    const place = { [service]: BigInt(seq) + 1n };
    const [entry] = await this.reads.find({ services: [service] }, place, 1);
    if (entry?.seq !== BigInt(seq))
      throw new HubError('HUB_NOT_FOUND', `The audit of ${service} has no entry ${seq}.`, { service, seq });
    const { requestId } = entry;
    const same = await this.reads.find({ services: [service], requestId }, {}, SAME_REQUEST);
    return { entry: toLine(entry), sameRequest: same.filter((other) => other.seq !== entry.seq).map(toLine) };
  }

  /**
   * All entries that the filter lets through, as one CSV file.
   * @throws HubError HUB_REQUEST_INVALID above 100,000 entries: a part of an audit must not pass for all of it
   */
  async export(filter: AuditFilter): Promise<string> {
    const parts: string[] = [];
    let before: AuditCursor = {};
    for (;;) {
      const page = await this.reads.find(filter, before, EXPORT_PAGE);
      parts.push(toAuditCsv(page.map(toLine), parts.length === 0));
      if (page.length < EXPORT_PAGE) return parts.join('');
      if (parts.length >= EXPORT_PAGES)
        throw new HubError(
          'HUB_REQUEST_INVALID',
          'These are more than 100,000 entries: narrow them by from and until.',
        );
      before = auditCursorAfter(page, before);
    }
  }
}

/** The audits of a hub, for one piece of work. For the CLI: services have a database of their own. @throws HubError HUB_DATABASE_UNREACHABLE */
export async function withAuditLog<T>(
  { file, url }: { readonly file: HubFile; readonly url: string },
  work: (log: AuditLog) => Promise<T>,
): Promise<T> {
  const place = { url, schema: accessSchema(file), applicationName: 'plumbline audit', poolSize: 1 };
  const database = await Database.connect(place, []);
  try {
    return await work(new AuditLog(file, database));
  } finally {
    await database.close();
  }
}

/** Where to go on, of a text that {@link AuditPage} `next` had: `golden:120,indexer:7`. Null for any other text. */
export function auditCursorOf(text: string): AuditCursor | null {
  if (!CURSOR.test(text)) return null;
  return Object.fromEntries(text.split(',').map((pair) => toPlace(pair)));
}

function toPlace(pair: string): readonly [string, bigint] {
  const [service = '', seq = '0'] = pair.split(':');
  return [service, BigInt(seq)];
}

function toCursorText(cursor: AuditCursor): string {
  return Object.entries(cursor)
    .map(([service, seq]) => `${service}:${seq}`)
    .join(',');
}

function toLine({ seq, ...entry }: ServiceEntry): AuditLine {
  return { ...entry, seq: String(seq) };
}
