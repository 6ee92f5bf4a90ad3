import { equalValues } from '#canonical';
import type { Entity, RevertApproval, RevertItem, RevertSelection } from '#contracts';
import { HUB_SYSTEM, HubError, instantOfMs, type BusinessKey, type Instant } from '#kernel';
import { policyOf, type GoldenMergerOptions } from './golden-merger.options.js';
import { toAuditMessage, toHubMessage } from './golden-messages.js';
import { MAX_PAGE } from './golden-merger.js';
import { toHubContribution } from './hub-contribution.js';
import { applyContribution } from './contribution.js';
import type { AuditEntry, GoldenTransaction, KeyRecord } from './ports.js';
import { RecordBook } from './record-book.js';
import type { Repair } from './repair.js';
import { planRevert, planUndo, type RecordPlan } from './revert-plan.js';
import type { RevertItemRow, RevertRow } from './revert-ports.js';
import { storeBook } from './store-book.js';

/** A revert of more records than this is bulk: live changes keep their latency. */
const LIVE_RECORDS = 100;

/** What a revert needs of golden. */
export type ReverterOptions = Pick<
  GoldenMergerOptions,
  'store' | 'encoder' | 'topics' | 'policies' | 'clock' | 'logger' | 'metrics'
>;

/**
 * Takes changes back as new versions (ADR 19): first a plan that is stored and has a digest; once a person approved exactly
 * that, the hub's own contributions. Work goes on in steps, each one transaction, by whichever process comes first; killed
 * at any time it goes on where it was.
 */
export class Reverter {
  constructor(private readonly options: ReverterOptions) {}

  /** Begins a dry run. @returns its id @throws HubError HUB_REQUEST_INVALID for an entity without policy */
  async create(selection: RevertSelection, actor: string): Promise<string> {
    const { entity } = selection;
    if (!this.options.policies[entity])
      throw new HubError('HUB_REQUEST_INVALID', `Golden keeps no ${entity}: the hub file has no survivorship for it.`, {
        entity,
      });
    return this.options.store.transaction((tx) => tx.reverts.create(selection, this.now(), actor));
  }

  /**
   * Approves exactly what the digest names; steps do the rest. Approving twice is approving once.
   * @throws HubError HUB_NOT_FOUND, HUB_REQUEST_INVALID while it is being planned, HUB_APPROVAL_STALE
   */
  async approve(id: string, { digest, actor, reason }: RevertApproval): Promise<void> {
    await this.options.store.transaction(async (tx) => {
      const revert = await tx.reverts.lock(id);
      if (!revert) throw new HubError('HUB_NOT_FOUND', `There is no revert ${id}.`, { id });
      if (revert.digest === null)
        throw new HubError('HUB_REQUEST_INVALID', 'The dry run has not ended yet: ask again in a moment.', { id });
      if (revert.digest !== digest)
        throw new HubError('HUB_APPROVAL_STALE', 'The dry run is not the one that this digest names.', {
          id,
          now: revert.digest,
        });
      if (revert.state !== 'planned') return;
      const approved: RevertRow = { ...revert, state: 'applying', approvedBy: actor, reason: reason ?? null };
      await tx.reverts.save(approved);
      await this.audit(tx, approved, 'revert.approved');
    });
  }

  /** One step of whichever revert waits: a page planned or applied. False when none waits. */
  async step(): Promise<boolean> {
    return this.options.store.transaction(async (tx) => {
      const revert = await tx.reverts.lockWaiting();
      if (!revert) return false;
      if (!this.options.policies[revert.selection.entity]) return this.putAside(tx, revert);
      await (revert.state === 'planning' ? this.plan(tx, revert) : this.apply(tx, revert));
      return true;
    });
  }

  /** The hub file no longer merges the entity: the revert must not stop others, nor golden. It needs an approval again. */
  private async putAside(tx: GoldenTransaction, revert: RevertRow): Promise<boolean> {
    const { entity } = revert.selection;
    this.options.logger.warn({ revert: revert.id, entity }, 'no survivorship for this entity: its revert is put aside');
    await tx.reverts.save({ ...revert, state: 'planned' });
    return true;
  }

  private async plan(tx: GoldenTransaction, revert: RevertRow): Promise<void> {
    const items = await tx.reverts.findItems(revert.id, 'selected', MAX_PAGE);
    if (items.length > 0) {
      const plans = await this.plansOf(tx, revert, items);
      return tx.reverts.saveItems(
        revert.id,
        items.map((item) => toPlanned(item, plans.get(item.key))),
      );
    }
    const digest = await tx.reverts.digest(revert.id);
    await tx.reverts.save({ ...revert, state: 'planned', digest });
  }

  private async apply(tx: GoldenTransaction, revert: RevertRow): Promise<void> {
    const { entity } = revert.selection;
    const items = await tx.reverts.findItems(revert.id, 'planned', MAX_PAGE);
    if (items.length === 0) {
      await tx.reverts.save({ ...revert, state: 'applied' });
      return this.audit(tx, revert, 'revert.applied');
    }
    await tx.lockKeys(
      entity,
      items.map(({ key }) => key),
    );
    const plans = await this.plansOf(tx, revert, items);
    const records = await recordsByKey(tx, entity, items);
    const book = new RecordBook(entity, policyOf(this.options, entity), this.now(), [...records.values()]);
    const isBulk = items.length > LIVE_RECORDS;
    const done = items.map((item): RevertItemRow => {
      const record = records.get(item.key);
      if (!record || !isAsPlanned(item, plans.get(item.key))) return { ...item, outcome: 'moved' };
      return { ...item, outcome: 'reverted' };
    });
    await this.contribute(tx, { revert, book, records, isBulk }, done);
    await storeBook(this.options, tx, entity, book);
    await tx.reverts.saveItems(revert.id, done);
  }

  /** The hub says what goes back, in the record and on its own change topic. */
  private async contribute(tx: GoldenTransaction, page: PageContext, done: readonly RevertItemRow[]): Promise<void> {
    const { revert, book, records, isBulk } = page;
    const cause = { system: HUB_SYSTEM, batch: revert.id, place: null };
    const messages = done.flatMap((item) => {
      const record = records.get(item.key);
      if (!record || item.outcome !== 'reverted') return [];
      const event = toHubContribution(revert.selection.entity, record, item.changes, {
        ...{
          at: this.now(),
          by: revert.approvedBy ?? revert.createdBy,
          policy: policyOf(this.options, revert.selection.entity),
        },
        reason: reasonOf(revert),
      });
      const current = book.find(item.key, event.system, event.externalId);
      const next = applyContribution(current, event);
      if (next === 'duplicate')
        throw new HubError('HUB_INVARIANT_BROKEN', 'The hub said less than before.', { key: item.key });
      book.commit(book.try(item.key, next, cause), next, isBulk);
      return [toHubMessage(event, isBulk, this.options)];
    });
    await tx.outbox.append(messages);
  }

  /** What taking back means for these records now. */
  private async plansOf(
    tx: GoldenTransaction,
    { selection }: RevertRow,
    items: readonly RevertItemRow[],
  ): Promise<Map<BusinessKey, RecordPlan>> {
    const policy = policyOf(this.options, selection.entity);
    const keys = items.map(({ key }) => key);
    const repairs = await this.repairsOf(tx, selection, keys);
    const records =
      repairs.size > 0 ? await recordsByKey(tx, selection.entity, items) : new Map<BusinessKey, KeyRecord>();
    const from = items.flatMap(({ key, selected: [first] }) =>
      first === undefined ? [] : [[key, first - 1n] as const],
    );
    const versions = await tx.reverts.findVersions(selection.entity, new Map(from));
    return new Map(
      items.map(({ key, selected }) => {
        const repair = repairs.get(key);
        const plan = repair
          ? planUndo(records.get(key), repair, policy)
          : planRevert(versions.get(key) ?? [], new Set(selected), policy);
        return [key, plan];
      }),
    );
  }

  private async repairsOf(
    tx: GoldenTransaction,
    { entity, round }: RevertSelection,
    keys: readonly BusinessKey[],
  ): Promise<Map<BusinessKey, Repair>> {
    const repairs = round === undefined ? [] : await tx.reverts.findRepairs(entity, round, keys);
    return new Map(repairs.map((repair) => [repair.key, repair]));
  }

  private async audit(tx: GoldenTransaction, revert: RevertRow, action: string): Promise<void> {
    const { id, selection, digest, approvedBy } = revert;
    const details = {
      entity: selection.entity,
      selection: JSON.stringify(selection),
      digest: digest ?? '',
      reason: revert.reason ?? '',
    };
    const actor = approvedBy ?? revert.createdBy;
    const entry: AuditEntry = { id: `${id}/${action}`, actor, action, subject: id, details, at: this.now() };
    await tx.outbox.append([toAuditMessage(entry, this.options.topics, this.options.encoder)]);
    this.options.logger.info({ revert: id, entity: selection.entity, actor }, action);
  }

  private now(): Instant {
    return instantOfMs(this.options.clock.nowMs());
  }
}

interface PageContext {
  readonly revert: RevertRow;
  readonly book: RecordBook;
  readonly records: ReadonlyMap<BusinessKey, KeyRecord>;
  readonly isBulk: boolean;
}

function reasonOf({ id, reason }: RevertRow): string {
  return reason === null ? id : `${id}: ${reason}`;
}

async function recordsByKey(
  tx: GoldenTransaction,
  entity: Entity,
  items: readonly RevertItemRow[],
): Promise<Map<BusinessKey, KeyRecord>> {
  const records = await tx.findRecords(
    entity,
    items.map(({ key }) => key),
  );
  return new Map(records.map((record) => [record.key, record]));
}

function toPlanned(item: RevertItemRow, plan: RecordPlan | undefined): RevertItemRow {
  if (!plan) throw new HubError('HUB_INVARIANT_BROKEN', 'A record was not planned.', { key: item.key });
  return { ...item, ...plan, outcome: outcomeOf(plan) };
}

function outcomeOf({ changes, skipped }: RecordPlan): RevertItem['outcome'] {
  if (changes.length > 0) return 'planned';
  return skipped.length > 0 ? 'listed' : 'unchanged';
}

/** Whether the record is still what the dry run showed. */
function isAsPlanned(item: RevertItemRow, plan: RecordPlan | undefined): boolean {
  if (plan?.version !== item.version || plan.changes.length !== item.changes.length) return false;
  return item.changes.every(({ field, now, before }) => {
    const same = plan.changes.find((one) => one.field === field);
    return same !== undefined && equalValues(same.now, now) && equalValues(same.before, before);
  });
}
