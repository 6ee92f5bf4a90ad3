import type { RecordWrite, WriteOutcome } from '#connector-sdk';
import { HubError, toHubError, type ExternalId } from '#kernel';
import {
  planWrite,
  settle,
  type Intent,
  type LockedRow,
  type MirrorRow,
  type MirrorTransaction,
  type Reading,
  type ReadTicket,
  type RowChange,
  type Settled,
  type SetAsideEntry,
  type WriteAnswer,
  type WritePlan,
} from '#mirror';
import { toContributionEvent, toOutboxMessage } from './change-events.js';
import { differsOf, missingRecord } from './commit-readings.js';
import type { EntityContext, HostContext } from './host-context.js';

/** A due row that waits for golden's answer is looked at again after this time, if no answer comes first. */
const WAIT_MS = 1_000;

const UNSENT: WriteOutcome = { kind: 'unknown', reason: 'The write was not sent in time.' };

interface OpenWrite {
  readonly id: bigint;
  readonly row: MirrorRow;
  readonly intent: Intent;
}

/** What one pass of the writer did. */
export interface WriteResult {
  /** Due rows looked at; 0 when nothing was due. */
  readonly rows: number;
  readonly written: number;
  /** Of those written: how many whose outcome is unknown. */
  readonly unknown: number;
}

/**
 * Drains due rows of one entity: a page of intents is committed first, in one transaction, then written, then settled.
 * In mode `observe`, of the system or still of this process' connection, no intent is ever committed, so nothing is written. Passes may run side by side: each leases its rows.
 */
export async function writeOnce(context: HostContext, entity: EntityContext, withBulk = true): Promise<WriteResult> {
  const { rows, open } = await openIntents(context, entity, withBulk);
  if (open.length === 0) return { rows, written: 0, unknown: 0 };
  context.failpoint('writer:intents-committed');
  const ticket = await context.store.drawTicket();
  context.failpoint('writer:ticket-drawn');
  const outcomes = await applyAll(context, entity, open);
  context.failpoint('writer:answered');
  await settleAll(
    context,
    entity,
    open.map((write, index) => ({ ...write, outcome: outcomes[index] ?? UNSENT })),
    ticket,
  );
  context.failpoint('writer:committed');
  const facts = { system: context.system, entity: entity.entity };
  context.metrics.count('plumbline_writes_total', open.length, facts);
  const unknown = outcomes.filter((outcome) => outcome.kind === 'unknown');
  const { reason } = unknown[0] ?? {};
  if (reason) context.logger.warn({ ...facts, writes: unknown.length, reason }, 'outcome of writes unknown');
  return { rows, written: open.length, unknown: unknown.length };
}

async function openIntents(
  context: HostContext,
  entity: EntityContext,
  withBulk: boolean,
): Promise<{ readonly rows: number; readonly open: readonly OpenWrite[] }> {
  const { store, clock, settings } = context;
  const limit = Math.min(settings.pageSize, entity.capabilities.bulkSize);
  return store.transaction(async (tx) => {
    if ((await tx.lockMode()) !== 'write' || !context.isOpenToWrite()) return { rows: 0, open: [] };
    const due = await tx.lockDue(entity.entity, { limit, nowMs: clock.nowMs(), withBulk });
    const open: OpenWrite[] = [];
    const changes: RowChange[] = [];
    const parked: SetAsideEntry[] = [];
    for (const locked of due) {
      const plan = planWrite(locked.row, entity.mapping, clock.nowMs(), context.newId());
      const row = plan.kind === 'write' || plan.kind === 'park' ? plan.row : locked.row;
      if (plan.kind === 'write') open.push({ id: locked.id, row, intent: plan.intent });
      if (plan.kind === 'park') parked.push(toParked(row));
      changes.push(toChange(context, { ...locked, row, before: locked.row }, plan.kind));
    }
    await tx.save(changes);
    await tx.setAside(parked);
    if (open.length > 0) context.failpoint('writer:rows-leased');
    return { rows: due.length, open };
  });
}

function toChange(
  context: HostContext,
  { id, before, row }: Pick<RowChange, 'before' | 'row'> & { readonly id: bigint },
  kind: WritePlan['kind'],
): RowChange {
  const lease = { owner: context.owners.writer, forMs: context.settings.leaseMs };
  return {
    id,
    before,
    row: kind === 'wait' ? { ...row, retryAtMs: context.clock.nowMs() + WAIT_MS } : row,
    differs: kind === 'settled' ? [] : 'keep',
    moves: kind === 'write',
    lease: kind === 'write' ? lease : 'keep',
  };
}

function toParked(row: MirrorRow): SetAsideEntry {
  const { entity, key, parked } = row;
  return { entity, externalId: row.externalId ?? key, key, kind: 'parked', reason: parked ?? '' };
}

/** Outcomes in the order of the writes. A failing call leaves every outcome unknown: the rows are read again. */
async function applyAll(
  context: HostContext,
  entity: EntityContext,
  open: readonly OpenWrite[],
): Promise<readonly WriteOutcome[]> {
  const writes = open.map(({ row, intent }) => toWrite(row, intent));
  // a write that is sent late could land after a second reader has given it up
  const latestMs = Math.min(...open.map(({ intent }) => intent.openedAtMs)) + context.settings.leaseMs / 2;
  if (context.clock.nowMs() > latestMs) return open.map(() => UNSENT);
  try {
    const outcomes = await context.connector.apply(entity.entity, writes);
    if (outcomes.length === writes.length) return outcomes;
    throw new HubError('HUB_INVARIANT_BROKEN', 'The connector answered another number of writes than it got.', {
      writes: writes.length,
      answers: outcomes.length,
    });
  } catch (error) {
    const classified = toHubError(error);
    if (classified.disposition === 'crash') throw classified;
    return writes.map(() => ({ kind: 'unknown', reason: classified.message }));
  }
}

function toWrite(row: MirrorRow, intent: Intent): RecordWrite {
  const { operation, expectedVersion, fields } = intent;
  return {
    operation,
    externalId: operation === 'create' ? null : row.externalId,
    key: row.key,
    expectedVersion,
    fields,
  };
}

async function settleAll(
  context: HostContext,
  entity: EntityContext,
  answered: readonly (OpenWrite & { readonly outcome: WriteOutcome })[],
  ticket: ReadTicket,
): Promise<void> {
  const byId = new Map(answered.map((write) => [write.id, write]));
  const authored = await context.store.transaction(async (tx) => {
    const locked = await tx.lockRows(entity.entity, { ids: [...byId.keys()] }, ticket, context.owners.writer);
    const settlement = new Settlement(context, entity);
    const overtaken: LockedRow[] = [];
    for (const row of locked) {
      const write = byId.get(row.id);
      // whoever moved the row since the intent was opened read it later than this answer: it is read once more
      if (!write || row.moved || row.row.intent?.id !== write.intent.id) overtaken.push(row);
      else settlement.add(row, write.outcome);
    }
    await tx.queueRereads(overtaken.map(({ id }) => id));
    await tx.save(overtaken.filter(({ leased }) => !leased).map(toReleased));
    const count = await settlement.commit(tx);
    context.failpoint('writer:answer-stored');
    return count;
  });
  context.wake.rereader(entity.entity);
  if (authored > 0) context.wake.outbox();
}

/** The row as it is, free for the second reader. */
function toReleased({ id, row }: LockedRow): RowChange {
  return { id, before: row, row, differs: 'keep', moves: false, lease: 'release' };
}

/** Settled rows of one page, to be stored together. */
class Settlement {
  private readonly changes: RowChange[] = [];
  private readonly authored: MirrorRow[] = [];
  private readonly listed: SetAsideEntry[] = [];
  private readonly clean: string[] = [];

  constructor(
    private readonly context: HostContext,
    private readonly entity: EntityContext,
  ) {}

  add(locked: LockedRow, outcome: WriteOutcome): void {
    const { clock, random } = this.context;
    const { row, answer } = toAnswer(locked.row, outcome, clock.nowMs());
    const settled: Settled = settle(row, answer, this.entity.traits, { nowMs: clock.nowMs(), random });
    if (settled.kind === 'authored') this.authored.push(settled.row);
    this.list(settled.row, outcome);
    this.changes.push({
      id: locked.id,
      before: locked.row,
      row: settled.row,
      differs: differsOf(this.entity, settled.row),
      moves: true,
      lease: 'release',
    });
  }

  private list(row: MirrorRow, outcome: WriteOutcome): void {
    const externalId = row.externalId ?? row.key;
    if (outcome.kind !== 'rejected') this.clean.push(externalId);
    else {
      const { entity, key } = row;
      this.listed.push({ entity, externalId, key, kind: 'rejected-write', reason: outcome.reason });
    }
  }

  async commit(tx: MirrorTransaction): Promise<number> {
    const nowMs = this.context.clock.nowMs();
    await tx.save(this.changes);
    await tx.setAside(this.listed);
    await tx.clearSetAside(this.entity.entity, this.clean, 'rejected-write');
    // what users wrote meanwhile is a source batch, too: nobody has judged it
    const batch = { id: this.context.newId(), size: this.authored.length };
    await tx.outbox.append(
      this.authored.map((row) => toOutboxMessage(this.context, toContributionEvent(this.context, row, nowMs), batch)),
    );
    return this.authored.length;
  }
}

/** The outcome as readings; a record that the answer names for the first time gives the row its external id. */
function toAnswer(
  row: MirrorRow,
  outcome: WriteOutcome,
  nowMs: number,
): { readonly row: MirrorRow; readonly answer: WriteAnswer } {
  if (outcome.kind === 'rejected' || outcome.kind === 'unknown') return { row, answer: outcome };
  const record = (outcome.kind === 'conflict' ? outcome.current : outcome.stored) ?? missingRecord(row);
  const externalId: ExternalId | null = record.externalId === '' ? row.externalId : record.externalId;
  const reading: Reading = { ...record, readAtMs: nowMs };
  const named = { ...row, externalId };
  if (outcome.kind === 'conflict') return { row: named, answer: { kind: 'conflict', current: reading } };
  return { row: named, answer: { kind: outcome.kind, stored: reading } };
}
