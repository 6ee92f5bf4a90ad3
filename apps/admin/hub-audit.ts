import { auditedServices, verifyHub, type AuditPlace } from '#access';
import { toAuditCsv, type Checkpoint } from '#audit';
import type { AuditChain, AuditDetail, AuditHead, AuditLine, AuditPage, AuditVerification } from '#contracts';
import { schemaName, type HubFile } from '#hub-file';
import { HubError, instantOfMs, type Clock } from '#kernel';
import {
  auditCursorAfter,
  PostgresAuditReads,
  type AuditCursor,
  type AuditFilter,
  type Database,
  type ServiceEntry,
} from '#store-postgres';
import type { AuditFilterQuery } from './audit-request.js';

/** What the audit is read with. */
export interface HubAuditOptions {
  readonly file: HubFile;
  readonly database: Database;
  readonly clock: Clock;
  /** Opens what verifying needs, for one run of it. */
  readonly verifying: <T>(work: (place: AuditPlace) => Promise<T>) => Promise<T>;
}

const EXPORT_PAGE = 1_000;
const EXPORT_PAGES = 100;
const SAME_REQUEST = 20;

/** The audits of all services of the hub: read as one, verified, exported. */
export class HubAudit {
  readonly services: readonly string[];
  private readonly reads: PostgresAuditReads;
  private running: Promise<AuditVerification> | null = null;

  constructor(private readonly options: HubAuditOptions) {
    const { file, database } = options;
    this.services = auditedServices(file);
    const schemas = this.services.map((service) => [service, schemaName(file, service)] as const);
    this.reads = new PostgresAuditReads(database, new Map(schemas));
  }

  async page(filter: AuditFilterQuery, before: AuditCursor, limit: number): Promise<AuditPage> {
    const found = await this.reads.find(toFilter(filter), before, limit);
    const next = found.length < limit ? null : toText(auditCursorAfter(found, before));
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

  /** Of several who ask at once all get the same run: it reads every entry of every chain. */
  verify(): Promise<AuditVerification> {
    this.running ??= this.verifyNow().finally(() => (this.running = null));
    return this.running;
  }

  /**
   * All entries that the filter lets through, as one CSV file.
   * @throws HubError HUB_REQUEST_INVALID above 100,000 entries: a part of an audit must not pass for all of it
   */
  async export(filter: AuditFilterQuery): Promise<string> {
    const parts: string[] = [];
    let before: AuditCursor = {};
    for (;;) {
      const page = await this.reads.find(toFilter(filter), before, EXPORT_PAGE);
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

  private async verifyNow(): Promise<AuditVerification> {
    const chains = await this.options.verifying(verifyHub);
    const found = chains.map(({ head, anchored, problems, ...chain }): AuditChain => ({
      ...{ ...chain, head: toHead(head), anchored: toHead(anchored) },
      problems: problems.map(({ seq, kind }) => ({ seq: String(seq), kind })),
    }));
    return { at: instantOfMs(this.options.clock.nowMs()), chains: found };
  }
}

function toFilter({ service, ...rest }: AuditFilterQuery): AuditFilter {
  const given = Object.entries(rest).filter(([, value]) => value !== undefined);
  return { ...(Object.fromEntries(given) as AuditFilter), ...(service !== undefined && { services: [service] }) };
}

function toLine({ seq, ...entry }: ServiceEntry): AuditLine {
  return { ...entry, seq: String(seq) };
}

function toHead(place: Checkpoint | null): AuditHead | null {
  return place && { seq: String(place.seq), hash: place.hash };
}

function toText(cursor: AuditCursor): string {
  return Object.entries(cursor)
    .map(([service, seq]) => `${service}:${seq}`)
    .join(',');
}
