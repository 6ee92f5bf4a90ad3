import { equalValues } from '#canonical';
import {
  projectDesired,
  toKeyColumns,
  toSystemValues,
  type ObservedRecord,
  type RecordWrite,
  type WriteOutcome,
} from '#connector-sdk';
import { toHubError } from '#kernel';
import type { TrytonClient, WriteAnswer } from './client.js';
import type { EntityWriter, FollowUp, HalfWritten, PlannedWrite, TrytonRecord, WriteCall } from './entity.js';
import { readById, readHolders } from './reading.js';
import { toObservedRecord, type EntityPlan } from './records.js';

type Operation = RecordWrite['operation'];

/**
 * Writes a page: creates and updates together, one call of Tryton and so one transaction each, deletes one by one. A call
 * that fails for a record is tried again in halves, down to the record to blame. An update carries the `_timestamp` of
 * every row that it may touch: the precondition. A call that is not answered leaves its records unknown.
 */
export async function applyWrites(
  client: TrytonClient,
  plan: EntityPlan,
  writer: EntityWriter,
  writes: readonly RecordWrite[],
): Promise<readonly WriteOutcome[]> {
  const run = new ApplyRun(client, plan, writer, writes);
  await run.apply();
  return run.outcomes();
}

class ApplyRun {
  private readonly results: (WriteOutcome | undefined)[];

  constructor(
    private readonly client: TrytonClient,
    private readonly plan: EntityPlan,
    private readonly writer: EntityWriter,
    private readonly writes: readonly RecordWrite[],
  ) {
    this.results = writes.map(() => undefined);
  }

  outcomes(): readonly WriteOutcome[] {
    return this.results.map((outcome) => outcome ?? { kind: 'unknown', reason: 'the connector lost track of it' });
  }

  async apply(): Promise<void> {
    if (this.writes.length === 0) return;
    const planned = await this.prepare();
    const of = (operation: Operation): PlannedWrite[] =>
      planned.filter(({ index }) => this.writes[index]?.operation === operation);
    const updates = of('update');
    if (this.writer.updatesAlone) for (const write of updates) await this.applyGroup('update', [write]);
    else await this.applyGroup('update', updates);
    for (const write of of('delete')) await this.applyGroup('delete', [write]);
    await this.applyGroup('create', of('create'));
  }

  /** Settles what needs no write; the rest, with the record as it is now. */
  private async prepare(): Promise<PlannedWrite[]> {
    const entries = [...this.writes.entries()];
    const creates = entries.filter(([, write]) => write.operation === 'create').map(([, write]) => write.key);
    const holders = creates.length > 0 ? await readHolders(this.plan, creates) : new Map<string, TrytonRecord>();
    const ids = entries.flatMap(([, write]) => write.externalId ?? []);
    const current = ids.length > 0 ? (await readById(this.plan, ids)).records : [];
    const byId = new Map(current.map((record) => [record.externalId, record]));
    const planned: PlannedWrite[] = [];
    for (const [index, write] of entries) {
      const record = write.operation === 'create' ? holders.get(write.key) : byId.get(write.externalId ?? '');
      const settled = settleUnwritten(this.plan, write, record);
      if (settled) this.results[index] = settled;
      else planned.push(...(await this.translate(index, write, record ?? null)));
    }
    return planned;
  }

  private async translate(index: number, write: RecordWrite, current: TrytonRecord | null): Promise<PlannedWrite[]> {
    const { key } = write;
    if (write.operation === 'delete') return [{ index, key, values: {}, current }];
    const values = toSystemValues(this.plan.mapping, write.fields);
    const columns = toKeyColumns(this.plan.mapping, this.plan.name, key);
    const planned = { index, key, values: values.ok ? values.values : {}, current };
    const problem = !values.ok ? values.reason : !columns.ok ? columns.reason : await this.writer.findProblem(planned);
    if (problem === null) return [planned];
    this.results[index] = { kind: 'rejected', reason: problem };
    return [];
  }

  private async applyGroup(operation: Operation, group: readonly PlannedWrite[]): Promise<void> {
    const [first] = group;
    if (!first) return;
    try {
      const call = await this.toCall(operation, group, first);
      const answer = await this.client.write(call.method, call.params, call.context);
      if (answer.kind === 'done') return await this.settleWritten(operation, group, answer.result);
      if (group.length === 1) return await this.settleFailed(first, answer);
    } catch (error) {
      return this.settleUnanswered(group, error);
    }
    const half = Math.ceil(group.length / 2);
    await this.applyGroup(operation, group.slice(0, half));
    await this.applyGroup(operation, group.slice(half));
  }

  private async toCall(operation: Operation, group: readonly PlannedWrite[], first: PlannedWrite): Promise<WriteCall> {
    if (operation === 'delete') return this.writer.delete(first);
    return operation === 'create' ? this.writer.create(group) : this.writer.update(group);
  }

  private async settleWritten(operation: Operation, group: readonly PlannedWrite[], result: unknown): Promise<void> {
    if (operation === 'delete') {
      for (const write of group) this.results[write.index] = this.toDeleted(write);
      return;
    }
    const roots =
      operation === 'create'
        ? await this.writer.rootsOf(result, group)
        : group.map(({ current }) => current?.root ?? null);
    const open = await this.followUp(group, roots);
    const stored = await this.readRoots(group, roots);
    for (const [at, { index }] of group.entries()) {
      if (open.has(index)) this.results[index] = { kind: 'unknown', reason: open.get(index) ?? '' };
      else this.results[index] = toApplied(this.plan, stored[at]);
    }
  }

  /** What the first call could not do. A part that fails leaves its record half written: unknown. */
  private async followUp(
    group: readonly PlannedWrite[],
    roots: readonly (number | null)[],
  ): Promise<ReadonlyMap<number, string>> {
    const open = new Map<number, string>();
    for (const part of this.writer.followUps) {
      if (!group.some((write) => part.concerns(write))) continue;
      // Each call moves the record, so that the next one needs its new times.
      const records = await this.readRoots(group, roots);
      const halves = group.flatMap((write, at) => {
        const record = records[at];
        return record && part.concerns(write) && !open.has(write.index) ? [{ write, record }] : [];
      });
      await this.finish(
        part,
        halves.filter((half) => part.isDue(half)),
        open,
      );
    }
    return open;
  }

  private async finish(part: FollowUp, halves: readonly HalfWritten[], open: Map<number, string>): Promise<void> {
    const [first] = halves;
    if (!first) return;
    const call = await part.toCall(halves);
    const answer = await this.client.write(call.method, call.params, call.context);
    if (answer.kind === 'done') return;
    if (halves.length === 1) {
      open.set(first.write.index, `written but for ${part.what}: ${describe(answer)}`);
      return;
    }
    const half = Math.ceil(halves.length / 2);
    await this.finish(part, halves.slice(0, half), open);
    await this.finish(part, halves.slice(half), open);
  }

  private async readRoots(
    group: readonly PlannedWrite[],
    roots: readonly (number | null)[],
  ): Promise<(TrytonRecord | undefined)[]> {
    const { records } = await this.plan.entity.read(roots.filter((root) => root !== null));
    return group.map(({ current }, at) =>
      records.find(({ root, externalId }) => root === roots[at] && externalId === (current?.externalId ?? externalId)),
    );
  }

  private async settleFailed(write: PlannedWrite, answer: WriteAnswer): Promise<void> {
    if (answer.kind === 'refused') {
      this.results[write.index] = { kind: 'rejected', reason: answer.reason };
      return;
    }
    const [current] = (await readById(this.plan, [write.current?.externalId ?? ''])).records;
    const observed = current && toObservedRecord(this.plan, current);
    this.results[write.index] = { kind: 'conflict', current: observed && 'key' in observed ? observed : null };
  }

  /** What an operator must put right, and our own bugs, are no outcome of a record. */
  private settleUnanswered(group: readonly PlannedWrite[], error: unknown): void {
    const classified = toHubError(error);
    if (classified.disposition !== 'retry') throw classified;
    for (const { index } of group) this.results[index] ??= { kind: 'unknown', reason: classified.message };
  }

  private toDeleted({ key, current }: PlannedWrite): WriteOutcome {
    const observed = current && toObservedRecord(this.plan, current);
    const record = observed && 'key' in observed ? observed : null;
    if (record === null) return { kind: 'unchanged', stored: null };
    return { kind: 'applied', stored: { ...record, key, status: 'deleted', fields: {}, version: null } };
  }
}

/** The outcome of a write that is not needed, or can't be; null for one that must be sent. */
function settleUnwritten(plan: EntityPlan, write: RecordWrite, record: TrytonRecord | undefined): WriteOutcome | null {
  if (record === undefined) return settleMissing(write);
  const observed = toObservedRecord(plan, record);
  if ('reason' in observed) return { kind: 'rejected', reason: `the record can't be read: ${observed.reason}` };
  const isMoved = write.expectedVersion !== null && write.expectedVersion !== observed.version;
  if (write.operation === 'create' || isMoved) return { kind: 'conflict', current: observed };
  return write.operation === 'update' && holds(plan, observed, write) ? { kind: 'unchanged', stored: observed } : null;
}

function settleMissing({ operation }: RecordWrite): WriteOutcome | null {
  if (operation === 'create') return null;
  return operation === 'delete' ? { kind: 'unchanged', stored: null } : { kind: 'conflict', current: null };
}

function holds(plan: EntityPlan, { fields }: ObservedRecord, write: RecordWrite): boolean {
  const desired = projectDesired(plan.mapping, plan.descriptor.fields, write.fields);
  return Object.keys(desired).every((name) => name in fields && equalValues(fields[name], desired[name]));
}

function toApplied(plan: EntityPlan, record: TrytonRecord | undefined): WriteOutcome {
  if (!record) return { kind: 'unknown', reason: 'written, but it is not there when it is read back' };
  const observed = toObservedRecord(plan, record);
  if ('key' in observed) return { kind: 'applied', stored: observed };
  return { kind: 'unknown', reason: `written, but it reads back as unmappable: ${observed.reason}` };
}

function describe(answer: WriteAnswer): string {
  if (answer.kind === 'refused') return answer.reason;
  return answer.kind === 'moved' ? 'the record moved meanwhile' : '';
}
