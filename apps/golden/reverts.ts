import type { FourEyes, RequestAccess } from '#auth';
import type { BatchReport, Entity, RevertApproval, RevertItem, RevertReport, RevertSelection } from '#contracts';
import type { GoldenStore, ItemPage, Reverter, RevertItemRow } from '#golden-record';
import { HubError } from '#kernel';

/** What the routes of reverts answer from. */
export interface RevertsOptions {
  readonly store: GoldenStore;
  readonly reverter: Pick<Reverter, 'create' | 'approve'>;
  readonly fourEyes: FourEyes;
  /** Called when a revert waits for work. */
  readonly onDue: () => void;
}

const SAMPLES = 5;

/** Dry runs of reverts, their approval, and how far they are. */
export class Reverts {
  constructor(private readonly options: RevertsOptions) {}

  /** Begins a dry run; it goes on by itself. @throws HubError HUB_REQUEST_INVALID */
  async create(selection: RevertSelection, actor: string): Promise<RevertReport> {
    const id = await this.options.reverter.create(selection, actor);
    this.options.onDue();
    return this.get(id);
  }

  /** @throws HubError HUB_NOT_FOUND */
  async get(id: string, access?: RequestAccess): Promise<RevertReport> {
    const { store } = this.options;
    const revert = await store.findRevert(id);
    if (!revert) throw new HubError('HUB_NOT_FOUND', `There is no revert ${id}.`, { id });
    access?.assertReaches(revert.selection);
    const page = { skippedOnly: false, after: '', limit: SAMPLES };
    const planned = await store.findRevertItems(id, { ...page, outcome: 'planned' });
    const reverted = await store.findRevertItems(id, { ...page, outcome: 'reverted' });
    const samples = [...planned, ...reverted].slice(0, SAMPLES).map(toItem);
    return { ...revert, ...(await store.countItems(id)), samples };
  }

  /** Records in the order of their keys. @throws HubError HUB_NOT_FOUND */
  async items(id: string, page: ItemPage, access: RequestAccess): Promise<RevertItem[]> {
    await this.get(id, access);
    return (await this.options.store.findRevertItems(id, page)).map(toItem);
  }

  /** @throws HubError HUB_NOT_FOUND, HUB_REQUEST_INVALID, HUB_APPROVAL_STALE, HUB_SECOND_PERSON_NEEDED */
  async approve(id: string, approval: RevertApproval, access: RequestAccess): Promise<RevertReport> {
    const { reverter, fourEyes, onDue } = this.options;
    const { records } = await this.get(id, access);
    const request = { act: access.permission, subject: id, digest: approval.digest };
    const { principal } = access;
    await fourEyes.run(request, { records: records.planned, principal }, () => reverter.approve(id, approval));
    onDue();
    return this.get(id);
  }

  batches(entity: Entity, limit: number): Promise<BatchReport[]> {
    return this.options.store.findRecentBatches(entity, limit);
  }
}

function toItem({ key, outcome, version, changes, skipped }: RevertItemRow): RevertItem {
  return { key, outcome, version: version.toString(), changes, skipped };
}
