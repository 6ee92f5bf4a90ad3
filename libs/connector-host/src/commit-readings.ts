import type { ObservedRecord } from '#connector-sdk';
import type { ExternalId } from '#kernel';
import {
  desiredOf,
  differences,
  emptyRow,
  observe,
  type MirrorRow,
  type MirrorTransaction,
  type Observed,
  type Reading,
  type ReadTicket,
  type RowChange,
  type SetAsideEntry,
} from '#mirror';
import { toContributionEvent, toOutboxMessage, type RoundFinding } from './change-events.js';
import type { EntityContext, HostContext } from './host-context.js';
import { assertFewOlder } from './restored-system.js';
import { RowIndex, type IndexedRow } from './row-index.js';

/** Records read from the system, to become observations. */
export interface Readings {
  readonly records: readonly ObservedRecord[];
  readonly readAtMs: number;
  /** Drawn before the read; null when the rows were read under this owner's lease. */
  readonly ticket: ReadTicket | null;
}

/** Records read one by one under a lease, by stored row. */
export interface LeasedReadings {
  readonly found: ReadonlyMap<bigint, ObservedRecord>;
  readonly readAtMs: number;
  readonly ticket: ReadTicket;
}

/** What became of readings. */
export interface CommitCounts {
  readonly authored: number;
  readonly noted: number;
  /** Thrown away as possibly stale, and queued to be read again under the row's lease. */
  readonly queued: number;
  readonly parked: number;
}

/** What a reading means; another one than {@link observe} after something was restored from a backup. */
export interface ReadingRule {
  readonly observe: (row: MirrorRow, reading: Reading) => Observed;
  /** Whether rows that become due wait behind live ones. */
  readonly isBulk: boolean;
}

/** Decisions over readings, collected until they are committed together with their cursor. */
export class ReadingCommit {
  private readonly rows = new RowIndex();
  private readonly changes = new Map<string, RowChange>();
  private readonly authored = new Map<string, MirrorRow>();
  private readonly rereads = new Set<bigint>();
  private readonly parked: SetAsideEntry[] = [];
  private noted = 0;
  private older = 0;

  constructor(
    private readonly context: HostContext,
    private readonly entity: EntityContext,
    private readonly tx: MirrorTransaction,
    private readonly rule: ReadingRule = {
      observe: (row, reading) => observe(row, reading, entity.traits),
      isBulk: false,
    },
  ) {}

  /** Locks the rows of all pages that will be added, so that nobody who locks several pages waits for us in a circle. */
  async hold(pages: readonly (readonly ObservedRecord[])[]): Promise<void> {
    if (pages.length < 2) return;
    const externalIds = new Set(pages.flatMap((records) => records.map(({ externalId }) => externalId)));
    const keys = new Set(pages.flatMap((records) => records.map(({ key }) => key)));
    await this.tx.holdRows(this.entity.entity, { externalIds: [...externalIds], keys: [...keys] });
  }

  /** Locks the rows of the readings and decides what each reading means. */
  async add(readings: Readings): Promise<void> {
    const { ticket } = readings;
    const same = await this.tx.findUnchanged(this.entity.entity, readings.records.filter(isLive));
    const records = readings.records.filter((record) => record.status !== 'live' || !same.has(record.externalId));
    if (records.length === 0) return;
    const externalIds = [...new Set(records.map((record) => record.externalId))];
    const keys = [...new Set(records.map((record) => record.key))];
    const selector = { externalIds, keys };
    const locked = await this.tx.lockRows(this.entity.entity, selector, ticket, this.context.owners.reader);
    for (const row of locked) this.rows.addLocked(row);
    for (const record of records) this.decide(record, readings);
  }

  /**
   * Decides about rows that the second reader leased and then read one by one; no record means that it is not there. A row
   * that moved since the ticket, which is drawn under the lease, had its lease run out and go to someone else: it is left
   * alone, and stays queued.
   */
  async addLeased(ids: readonly bigint[], readings: LeasedReadings): Promise<void> {
    const { rereader } = this.context.owners;
    const locked = await this.tx.lockRows(this.entity.entity, { ids }, readings.ticket, rereader);
    for (const row of locked) {
      if (row.leased || row.moved) continue;
      const record = readings.found.get(row.id) ?? missingRecord(row.row);
      this.observeRow({ ...row, before: row.row }, record, { readAtMs: readings.readAtMs, ticket: null });
    }
  }

  private decide(record: ObservedRecord, readings: Readings): void {
    const found = this.rows.find(record);
    if (typeof found === 'string') return this.park(record, found);
    if (found === null && record.status === 'deleted') return;
    if (found?.id && (found.leased || found.moved)) {
      this.rereads.add(found.id);
      return;
    }
    this.observeRow(found, record, readings);
  }

  private observeRow(
    found: IndexedRow | null,
    record: ObservedRecord,
    { readAtMs, ticket }: Pick<Readings, 'readAtMs' | 'ticket'>,
  ): void {
    const row = this.rowOf(found, record);
    const observed = this.rule.observe(row, { ...record, readAtMs });
    if (observed.kind === 'older') return this.noteOlder(record, row);
    if (observed.kind === 'unchanged' && ticket !== null) return;
    const next = {
      id: found?.id ?? null,
      before: found?.before ?? null,
      row: waitForLanding(observed.row, this.entity),
      moved: false,
      leased: false,
    };
    this.rows.put(next);
    this.change(next, ticket === null);
    if (observed.kind === 'authored') this.authored.set(record.externalId, next.row);
    else this.noted += 1;
  }

  /** The row under the external id that the record has now. */
  private rowOf(found: IndexedRow | null, record: ObservedRecord): MirrorRow {
    const externalId = record.externalId === '' ? null : record.externalId;
    return found ? { ...found.row, externalId } : emptyRow(this.entity.entity, record.key, externalId);
  }

  private change({ id, before, row }: IndexedRow, underLease: boolean): void {
    this.changes.set(id === null ? `new ${row.externalId}` : String(id), {
      id,
      before,
      row,
      differs: differsOf(this.entity, row),
      moves: true,
      lease: underLease ? 'release-read' : 'keep',
      // restoring thousands of rows must not hold up what people change meanwhile
      ...(this.rule.isBulk && { bulk: true }),
    });
  }

  /** One record may have been set back by hand; many mean that the system was. */
  private noteOlder(record: ObservedRecord, row: MirrorRow): void {
    this.older += 1;
    assertFewOlder(this.context.system, this.entity.entity, this.older, record);
    const reason = `The system shows version ${record.version}, older than ${row.observation?.version} seen before`;
    this.park(record, `${reason}: restored from a backup?`);
  }

  private park(record: ObservedRecord, reason: string): void {
    const { externalId, key } = record;
    this.parked.push({ entity: this.entity.entity, externalId, key, kind: 'parked', reason });
  }

  /**
   * Stores rows, change events and lists in the transaction.
   * @param batchId names the source batch; null for observations that the guard has judged already.
   * @param findings by external id, what the round found that judged them
   */
  async commit(batchId: string | null, findings?: ReadonlyMap<ExternalId, RoundFinding>): Promise<CommitCounts> {
    const { tx, context } = this;
    await tx.save([...this.changes.values()]);
    await tx.queueRereads([...this.rereads]);
    await tx.setAside(this.parked);
    const nowMs = context.clock.nowMs();
    const batch = batchId === null ? null : { id: batchId, size: this.authored.size };
    const messages = [...this.authored.values()].map((row) =>
      toOutboxMessage(
        context,
        toContributionEvent(context, row, nowMs),
        batch ?? findings?.get(row.externalId ?? ('' as ExternalId)) ?? null,
      ),
    );
    await tx.outbox.append(messages);
    return {
      authored: this.authored.size,
      noted: this.noted,
      queued: this.rereads.size,
      parked: this.parked.length,
    };
  }
}

/** Names of the fields in which the system differs from its desired state; null when nothing is desired. */
export function differsOf(entity: EntityContext, row: MirrorRow): readonly string[] | null {
  const desired = desiredOf(row, entity.mapping);
  return desired === undefined ? null : differences(row, desired);
}

function isLive(record: ObservedRecord): boolean {
  return record.status === 'live';
}

/** The reading of a record that a direct read did not find; without external id where it never had one. */
export function missingRecord(row: Pick<MirrorRow, 'externalId' | 'key'>): ObservedRecord {
  const externalId = row.externalId ?? ('' as ExternalId);
  return { externalId, key: row.key, version: null, changedAt: null, status: 'deleted', fields: {}, digest: null };
}

/** A row whose write may still land is not read again before it has landed or never will. */
function waitForLanding(row: MirrorRow, entity: EntityContext): MirrorRow {
  return row.intent ? { ...row, retryAtMs: row.intent.openedAtMs + entity.traits.landingMs } : row;
}
