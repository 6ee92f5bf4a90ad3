import { createHash } from 'node:crypto';
import type { BatchReport, Entity, RevertItem, RevertSelection } from '#contracts';
import type { BusinessKey, Instant } from '#kernel';
import type { Cause, GoldenRecord } from './golden.js';
import type { Repair } from './repair.js';
import type { ItemPage, RevertCounts, RevertItemRow, RevertRow, RevertTransaction } from './revert-ports.js';

/** The tables of reverts of the fake. */
export interface RevertState {
  readonly reverts: Map<string, RevertRow>;
  readonly items: Map<string, Map<BusinessKey, RevertItemRow>>;
  readonly repairs: Map<string, Repair>;
}

/** Empty tables. */
export function newRevertState(): RevertState {
  return { reverts: new Map(), items: new Map(), repairs: new Map() };
}

/** Fake of reverts, in a transaction or without one. */
export class InMemoryReverts implements RevertTransaction {
  constructor(
    private readonly state: RevertState,
    private readonly versions: (entity: Entity) => GoldenRecord[],
  ) {}

  addRepairs(entity: Entity, repairs: readonly Repair[]): Promise<void> {
    for (const repair of repairs) this.state.repairs.set(`${entity}/${repair.roundId}/${repair.key}`, repair);
    return Promise.resolve();
  }

  create(selection: RevertSelection, at: Instant, actor: string): Promise<string> {
    const id = `r-${this.state.reverts.size + 1}`;
    const head = { digest: null, approvedBy: null, reason: null };
    this.state.reverts.set(id, { id, selection, state: 'planning', createdAt: at, createdBy: actor, ...head });
    const selected = new Map<BusinessKey, bigint[]>();
    for (const repair of this.repairsOf(selection)) selected.set(repair.key, []);
    for (const golden of this.versions(selection.entity))
      if (this.matches(selection, golden))
        selected.set(golden.key, [...(selected.get(golden.key) ?? []), golden.version].sort());
    const blank = { outcome: 'selected', version: 0n, changes: [], skipped: [] } as const;
    this.state.items.set(
      id,
      new Map([...selected].map(([key, versions]) => [key, { key, selected: versions, ...blank }])),
    );
    return Promise.resolve(id);
  }

  lock(id: string): Promise<RevertRow | null> {
    return Promise.resolve(this.find(id));
  }

  lockWaiting(): Promise<RevertRow | null> {
    const waiting = [...this.state.reverts.values()].find(({ state }) => state === 'planning' || state === 'applying');
    return Promise.resolve(waiting ?? null);
  }

  findItems(id: string, outcome: RevertItem['outcome'], limit: number): Promise<RevertItemRow[]> {
    return Promise.resolve(this.page(id, { outcome, skippedOnly: false, after: '', limit }));
  }

  findVersions(entity: Entity, from: ReadonlyMap<BusinessKey, bigint>): Promise<Map<BusinessKey, GoldenRecord[]>> {
    const all = this.versions(entity);
    const found = [...from].map(([key, first]): [BusinessKey, GoldenRecord[]] => {
      const own = all.filter((golden) => golden.key === key && golden.version >= first);
      return [key, own.sort((a, b) => Number(a.version - b.version))];
    });
    return Promise.resolve(new Map(found));
  }

  findRepairs(entity: Entity, roundId: string, keys: readonly BusinessKey[]): Promise<Repair[]> {
    return Promise.resolve(this.repairsOf({ entity, round: roundId }).filter(({ key }) => keys.includes(key)));
  }

  saveItems(id: string, items: readonly RevertItemRow[]): Promise<void> {
    for (const item of items) this.state.items.get(id)?.set(item.key, item);
    return Promise.resolve();
  }

  digest(id: string): Promise<string> {
    const planned = this.page(id, { outcome: 'planned', skippedOnly: false, after: '', limit: Infinity });
    const lines = planned.map(({ key, version, changes }) => JSON.stringify([key, version.toString(), changes]));
    return Promise.resolve(createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 32));
  }

  save(revert: RevertRow): Promise<void> {
    this.state.reverts.set(revert.id, revert);
    return Promise.resolve();
  }

  find(id: string): RevertRow | null {
    return this.state.reverts.get(id) ?? null;
  }

  count(id: string): RevertCounts {
    const records = { selected: 0, planned: 0, listed: 0, unchanged: 0, reverted: 0, moved: 0 };
    let withSkipped = 0;
    for (const { outcome, skipped } of this.state.items.get(id)?.values() ?? []) {
      records[outcome] += 1;
      if (skipped.length > 0) withSkipped += 1;
    }
    return { records, withSkipped };
  }

  page(id: string, { outcome, skippedOnly, after, limit }: ItemPage): RevertItemRow[] {
    const all = [...(this.state.items.get(id)?.values() ?? [])].filter(
      (item) =>
        item.key > after &&
        (outcome === null || item.outcome === outcome) &&
        !(skippedOnly && item.skipped.length === 0),
    );
    return all.sort((a, b) => (a.key < b.key ? -1 : 1)).slice(0, limit);
  }

  batches(entity: Entity, limit: number): BatchReport[] {
    const groups = new Map<string, GoldenRecord[]>();
    for (const golden of this.versions(entity)) {
      const batch = golden.cause?.batch;
      if (batch) groups.set(batch, [...(groups.get(batch) ?? []), golden]);
    }
    const reports = [...groups].flatMap(([batch, all]): BatchReport[] => {
      const times = all.map(({ changedAt }) => changedAt).sort();
      const [from, to, system] = [times[0], times.at(-1), all[0]?.cause?.system];
      if (!from || !to || !system) return [];
      return [{ batch, system, entity, records: new Set(all.map(({ key }) => key)).size, from, to }];
    });
    return reports.sort((a, b) => (a.to > b.to ? -1 : 1)).slice(0, limit);
  }

  forget(before: Instant): void {
    for (const [id, { state, createdAt }] of this.state.reverts) {
      if (createdAt >= before || state !== 'planned') continue;
      this.state.reverts.delete(id);
      this.state.items.delete(id);
    }
  }

  private repairsOf({ entity, round }: Pick<RevertSelection, 'entity' | 'round'>): Repair[] {
    const all = [...this.state.repairs].filter(([id]) => id.startsWith(`${entity}/`)).map(([, repair]) => repair);
    return all.filter(({ roundId }) => roundId === round);
  }

  private matches(selection: RevertSelection, golden: GoldenRecord): boolean {
    const { entity, key, ...parts } = selection;
    const isAlone = Object.values(parts).every((part) => part === undefined);
    const versions = this.versions(entity).filter((one) => one.key === golden.key);
    const isCurrent = versions.every(({ version }) => version <= golden.version);
    const isOfKey = key === undefined || (golden.key === key && (!isAlone || isCurrent));
    return isOfKey && isOfTime(parts, golden) && isOfCause(parts, golden.cause);
  }
}

type Parts = Omit<RevertSelection, 'entity' | 'key'>;

function isOfTime({ since, until }: Parts, { changedAt }: GoldenRecord): boolean {
  return (since === undefined || changedAt >= since) && (until === undefined || changedAt <= until);
}

function isOfCause({ system, batch, range, round }: Parts, cause: Cause | undefined): boolean {
  if (system !== undefined && cause?.system !== system) return false;
  return isOfBatch(batch, round, cause?.batch ?? '') && isIn(range, cause);
}

function isOfBatch(batch: string | undefined, round: string | undefined, own: string): boolean {
  return (batch === undefined || own === batch || own.endsWith(`/${batch}`)) && (round === undefined || own === round);
}

function isIn(range: Parts['range'], cause: Cause | undefined): boolean {
  if (!range) return true;
  const place = cause?.place;
  return place?.partition === range.partition && place.offset >= BigInt(range.from) && place.offset <= BigInt(range.to);
}
