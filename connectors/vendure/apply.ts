import { projectDesired, type ObservedRecord, type RecordWrite, type WriteOutcome } from '#connector-sdk';
import { equalValues } from '#canonical';
import { toHubError } from '#kernel';
import type { Lane, VendureClient } from './client.js';
import type { EntityPlan } from './entity-plan.js';
import { sendInHalves } from './halves.js';
import type { Records } from './records.js';
import type { Shop } from './shop.js';
import { toColumnWrite, type ColumnWrite } from './write-mapping.js';

/** One write, translated; `current` is the record as it was read just before, null for a create. */
export interface PreparedWrite extends ColumnWrite {
  readonly index: number;
  readonly write: RecordWrite;
  readonly current: ObservedRecord | null;
}

/** Mutations of one entity. Each call is taken or refused as a whole. */
export interface Mutations {
  /** Largest call. */
  readonly size: number;
  /** @returns records as the answer shows them, in any order; what it does not show is read back */
  create(writes: readonly PreparedWrite[]): Promise<readonly ObservedRecord[]>;
  /** @returns like `create` */
  update(writes: readonly PreparedWrite[]): Promise<readonly ObservedRecord[]>;
  remove(writes: readonly PreparedWrite[]): Promise<void>;
  /** Creates that need a record which the shop does not hold yet; nothing where none does. */
  findWaiting?(creates: readonly PreparedWrite[]): Promise<readonly PreparedWrite[]>;
  /** Takes away what a refused create may have left. */
  discard(write: PreparedWrite): Promise<void>;
}

/** What writing needs. */
export interface WriteTools {
  readonly client: VendureClient;
  readonly records: Records;
  readonly shop: Shop;
  readonly plan: EntityPlan;
}

/** A document with more records than this is bulk. */
const LIVE_RECORDS = 5;

/** The lane of a document with these records. */
export function laneOf(records: readonly unknown[]): Lane {
  return records.length > LIVE_RECORDS ? 'bulk' : 'live';
}

/**
 * Vendure has no precondition: each record is read, compared with the version that the hub saw, written, and
 * taken from the answer, or read back where the answer does not show it. Between read and write a window of some milliseconds remains (`weak`).
 */
export async function applyWrites(
  tools: WriteTools,
  mutations: Mutations,
  writes: readonly RecordWrite[],
): Promise<readonly WriteOutcome[]> {
  const run = new ApplyRun(tools, mutations, writes);
  return run.apply();
}

class ApplyRun {
  private readonly results = new Map<number, WriteOutcome>();

  constructor(
    private readonly tools: WriteTools,
    private readonly mutations: Mutations,
    private readonly writes: readonly RecordWrite[],
  ) {}

  async apply(): Promise<readonly WriteOutcome[]> {
    const { mutations } = this;
    const open = await this.withoutWaiting(await this.compare(this.translate()));
    const of = (operation: RecordWrite['operation']): PreparedWrite[] =>
      open.filter(({ write }) => write.operation === operation);
    await this.send(of('delete'), (page) => mutations.remove(page));
    await this.send(of('update'), async (page) => this.noteAnswered(page, await mutations.update(page)));
    await this.send(of('create'), async (page) => this.noteAnswered(page, await mutations.create(page)));
    await this.readBack(open.filter(({ index }) => !this.results.has(index)));
    return this.writes.map((_, n) => this.results.get(n) ?? { kind: 'unknown', reason: 'it could not be read back' });
  }

  /** A price or stock level waits for its variant: there is no such record, and nothing is wrong with the write. */
  private async withoutWaiting(open: readonly PreparedWrite[]): Promise<PreparedWrite[]> {
    const creates = open.filter(({ write }) => write.operation === 'create');
    const waiting = creates.length === 0 ? [] : ((await this.mutations.findWaiting?.(creates)) ?? []);
    for (const { index } of waiting) this.results.set(index, { kind: 'conflict', current: null });
    return open.filter(({ index }) => !this.results.has(index));
  }

  private translate(): PreparedWrite[] {
    return this.writes.flatMap((write, index) => {
      const columns = toColumnWrite(this.tools.plan, this.tools.shop, write);
      if (columns.ok) return [{ ...columns.value, index, write, current: null }];
      this.results.set(index, { kind: 'rejected', reason: columns.reason });
      return [];
    });
  }

  /** Reads what the writes are about, and settles those that must not or need not be sent. */
  private async compare(translated: readonly PreparedWrite[]): Promise<PreparedWrite[]> {
    const creates = translated.filter(({ write }) => write.operation === 'create');
    const [byId, byKey] = [await this.readById(translated), await this.readByKey(creates)];
    const seen = new Set<string>();
    return translated.flatMap((prepared) => {
      const { write, index } = prepared;
      const isCreate = write.operation === 'create';
      const current = (isCreate ? byKey.get(write.key) : byId.get(write.externalId ?? '')) ?? null;
      const outcome = isCreate && seen.has(write.key) ? SAME_KEY : this.settle(write, current);
      if (isCreate) seen.add(write.key);
      if (outcome === null) return [{ ...prepared, current }];
      this.results.set(index, outcome);
      return [];
    });
  }

  private settle(write: RecordWrite, current: ObservedRecord | null): WriteOutcome | null {
    if (write.operation === 'create') return current === null ? null : { kind: 'conflict', current };
    if (current === null)
      return write.operation === 'delete' ? { kind: 'unchanged', stored: null } : { kind: 'conflict', current };
    const isMoved = write.expectedVersion !== null && write.expectedVersion !== current.version;
    if (isMoved || current.key !== write.key) return { kind: 'conflict', current };
    if (write.operation === 'delete') return null;
    const { mapping, descriptor } = this.tools.plan;
    const desired = projectDesired(mapping, descriptor.fields, write.fields);
    const differs = Object.entries(desired).some(([name, value]) => !equalValues(current.fields[name] ?? null, value));
    return differs ? null : { kind: 'unchanged', stored: current };
  }

  private async send(
    writes: readonly PreparedWrite[],
    mutate: (writes: readonly PreparedWrite[]) => Promise<void>,
  ): Promise<void> {
    const refused: PreparedWrite[] = [];
    const calls: Promise<void>[] = [];
    for (let start = 0; start < writes.length; start += this.mutations.size)
      calls.push(
        sendInHalves(writes.slice(start, start + this.mutations.size), mutate, (prepared, outcome) => {
          this.results.set(prepared.index, outcome);
          if (outcome.kind === 'rejected' && prepared.write.operation === 'create') refused.push(prepared);
        }),
      );
    await Promise.all(calls);
    for (const prepared of refused) await this.mutations.discard(prepared);
  }

  private noteAnswered(page: readonly PreparedWrite[], records: readonly ObservedRecord[]): void {
    const [byId, byKey] = [
      new Map(records.map((one) => [one.externalId, one])),
      new Map(records.map((one) => [one.key, one])),
    ];
    for (const { index, write } of page) {
      const stored = write.externalId === null ? byKey.get(write.key) : byId.get(write.externalId);
      if (stored) this.results.set(index, { kind: 'applied', stored });
    }
  }

  private async readBack(written: readonly PreparedWrite[]): Promise<void> {
    const others = written.filter(({ write }) => write.operation !== 'delete');
    for (const { index, write, current } of written)
      if (write.operation === 'delete' && current !== null)
        this.results.set(index, {
          kind: 'applied',
          stored: { ...current, status: 'deleted', fields: {}, version: null, changedAt: null },
        });
    try {
      const creates = others.filter(({ write }) => write.operation === 'create');
      const [byId, byKey] = [await this.readById(others), await this.readByKey(creates)];
      this.noteAnswered(others, [...byId.values(), ...byKey.values()]);
    } catch (error) {
      const classified = toHubError(error);
      if (classified.disposition !== 'retry') throw classified;
    }
  }

  private async readById(writes: readonly PreparedWrite[]): Promise<Map<string, ObservedRecord>> {
    const ids = writes.flatMap(({ write }) => write.externalId ?? []);
    const { records } = await this.tools.records.fetch(this.tools.plan, { by: 'externalId', ids });
    return new Map(records.map((record) => [record.externalId, record]));
  }

  private async readByKey(writes: readonly PreparedWrite[]): Promise<Map<string, ObservedRecord>> {
    const keys = writes.map(({ write }) => write.key);
    const { records } = await this.tools.records.fetch(this.tools.plan, { by: 'key', keys });
    return new Map(records.map((record) => [record.key, record]));
  }
}

const SAME_KEY: WriteOutcome = { kind: 'rejected', reason: 'another create of this call has the same key' };
