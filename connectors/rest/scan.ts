import type { KeyRange, RejectedRecord, ScanPage } from '#connector-sdk';
import type { Clock, ExternalId } from '#kernel';
import { compareBytes } from './byte-order.js';
import type { RestClient } from './client.js';
import type { EntityPlan } from './entity-plan.js';
import { fetchRecords } from './fetch.js';
import { readWholeList } from './read-page.js';
import { idOf, readItem } from './records.js';

const KEEP_MS = 600_000;
const MAX_SCANS = 8;

/** What a pass over the list found in a range. */
interface Pass {
  /** Sorted by bytes. */
  readonly ids: readonly string[];
  readonly readAtMs: number;
}

/**
 * Pages in byte order of ids, which hardly any API has: one pass over the list reads all ids and keeps them, and each
 * page reads its records by them, *now*. A page made of what the pass read would be simpler, but could be older than what
 * the hub has read meanwhile; only a list that fits into the first page is taken as it was read.
 */
export class Scanner {
  private readonly ahead = new Map<string, Pass>();

  constructor(
    private readonly client: RestClient,
    private readonly clock: Clock,
  ) {}

  async page(plan: EntityPlan, range: KeyRange, after: ExternalId | null, limit: number): Promise<ScanPage> {
    const start = after ?? range.from;
    const kept = this.take(plan, range, start);
    if (kept) return this.readIds(plan, range, kept, limit);
    const { pass, items, nameless } = await this.pass(plan, range, start, limit);
    if (pass.ids.length > limit) {
      const page = await this.readIds(plan, range, pass, limit);
      return { ...page, rejected: [...page.rejected, ...nameless] };
    }
    return toPage(this.client, plan, { ids: pass.ids, items, nameless });
  }

  /** Reads the whole list. Items are kept while they may be few enough for a page. */
  private async pass(
    plan: EntityPlan,
    range: KeyRange,
    start: string | null,
    limit: number,
  ): Promise<{
    readonly pass: Pass;
    readonly items: ReadonlyMap<string, unknown>;
    readonly nameless: RejectedRecord[];
  }> {
    const ids = new Set<string>();
    const items = new Map<string, unknown>();
    const nameless: RejectedRecord[] = [];
    const readAtMs = this.clock.nowMs();
    await readWholeList(this.client, plan, plan.options.list, (item) => {
      const id = idOf(plan, item);
      if (id === null) {
        const read = readItem(plan, item, this.client.redactor);
        if (read.kind === 'rejected' && start === null && nameless.length < limit) nameless.push(read.rejected);
        return false;
      }
      const isNew = !ids.has(id);
      ids.add(id);
      // The later of two reads is the newer one.
      if (isInRange(id, range, start) && (items.size <= limit || items.has(id))) items.set(id, item);
      return isNew;
    });
    // A stranger who is answered with an empty list must not be taken for a system without records.
    await this.client.probe();
    const wanted = [...ids].filter((id) => isInRange(id, range, start)).sort(compareBytes);
    return { pass: { ids: wanted, readAtMs }, items, nameless };
  }

  private async readIds(plan: EntityPlan, range: KeyRange, pass: Pass, limit: number): Promise<ScanPage> {
    const ids = pass.ids.slice(0, limit);
    const rest = pass.ids.slice(limit);
    const last = ids.at(-1) ?? null;
    if (rest.length > 0 && last !== null) this.keep(plan, range, last, { ...pass, ids: rest });
    const { records, rejected } = await fetchRecords(this.client, plan, { by: 'externalId', ids: ids as ExternalId[] });
    const observed = records.map((record) => record.observed).sort((a, b) => compareBytes(a.externalId, b.externalId));
    return { records: observed, rejected, next: rest.length > 0 ? (last as ExternalId) : null };
  }

  private take(plan: EntityPlan, range: KeyRange, start: string | null): Pass | null {
    const name = scanName(plan, range, start);
    const pass = this.ahead.get(name);
    this.ahead.delete(name);
    return pass && this.clock.nowMs() - pass.readAtMs < KEEP_MS ? pass : null;
  }

  private keep(plan: EntityPlan, range: KeyRange, start: string, pass: Pass): void {
    const [oldest] = this.ahead.keys();
    if (this.ahead.size >= MAX_SCANS && oldest !== undefined) this.ahead.delete(oldest);
    this.ahead.set(scanName(plan, range, start), pass);
  }
}

function toPage(
  client: RestClient,
  plan: EntityPlan,
  found: {
    readonly ids: readonly string[];
    readonly items: ReadonlyMap<string, unknown>;
    readonly nameless: readonly RejectedRecord[];
  },
): ScanPage {
  const read = found.ids.map((id) => readItem(plan, found.items.get(id), client.redactor));
  const records = read.flatMap((item) =>
    item.kind === 'record' && item.record.observed.status === 'live' ? [item.record.observed] : [],
  );
  const rejected = read.flatMap((item) => (item.kind === 'rejected' ? [item.rejected] : []));
  return { records, rejected: [...rejected, ...found.nameless], next: null };
}

function isInRange(id: string, range: KeyRange, start: string | null): boolean {
  return (start === null || compareBytes(id, start) > 0) && (range.to === null || compareBytes(id, range.to) <= 0);
}

function scanName(plan: EntityPlan, range: KeyRange, start: string | null): string {
  return JSON.stringify([plan.entity, range.from, range.to, start]);
}
