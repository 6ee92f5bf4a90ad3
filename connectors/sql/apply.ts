import { sortedKeys } from '#canonical';
import { toKeyColumns, toSystemValues, type ObservedRecord, type RecordWrite, type WriteOutcome } from '#connector-sdk';
import { HubError, toHubError } from '#kernel';
import { isRowError, ROW, type SqlTable, type TableWrite, type TextRow, type WriteGroup } from './database.js';
import type { EntityPlan } from './entity-plan.js';
import { fetchRecords } from './fetch.js';
import { toRecord } from './records.js';

/**
 * Writes a page with one statement per operation and set of columns. Every statement commits by itself. One that fails
 * on a row's values is tried again in halves, down to the row to blame; one that is not answered leaves its rows unknown.
 */
export async function applyWrites(
  table: SqlTable,
  plan: EntityPlan,
  writes: readonly RecordWrite[],
): Promise<readonly WriteOutcome[]> {
  const run = new ApplyRun(table, plan, writes);
  await run.apply();
  return run.outcomes();
}

class ApplyRun {
  private readonly results: (WriteOutcome | undefined)[];

  constructor(
    private readonly table: SqlTable,
    private readonly plan: EntityPlan,
    private readonly writes: readonly RecordWrite[],
  ) {
    this.results = writes.map(() => undefined);
  }

  outcomes(): readonly WriteOutcome[] {
    return this.results.map((outcome) => outcome ?? { kind: 'unknown', reason: 'the connector lost track of it' });
  }

  async apply(): Promise<void> {
    const translated = this.translate();
    const creates = await this.withoutTakenKeys(translated.filter(({ write }) => write.operation === 'create'));
    const others = translated.filter(({ write }) => write.operation !== 'create');
    for (const group of groupWrites([...others, ...creates])) await this.applyGroup(group);
  }

  private translate(): TableWrite[] {
    const translated: TableWrite[] = [];
    for (const [index, write] of this.writes.entries()) {
      const values = toColumnValues(this.plan, write);
      if ('reason' in values) this.results[index] = { kind: 'rejected', reason: values.reason };
      else translated.push({ index, write, values: values.columns });
    }
    return translated;
  }

  /** A key that exists is a conflict, so that a create repeated after a crash does not become a second record. */
  private async withoutTakenKeys(creates: readonly TableWrite[]): Promise<TableWrite[]> {
    if (creates.length === 0) return [];
    const current = await this.findByKey(creates.map(({ write }) => write));
    const free: TableWrite[] = [];
    for (const create of creates) {
      const taken = current.get(create.write.key);
      if (taken === undefined) free.push(create);
      else this.results[create.index] = { kind: 'conflict', current: taken };
    }
    return free;
  }

  private async applyGroup(group: WriteGroup): Promise<void> {
    if (group.operation === 'update' && group.columns.length === 0) return this.settleUnwritten(group);
    try {
      this.settleWritten(group, await this.table.write(group));
    } catch (error) {
      return this.applyAfter(error, group);
    }
    return this.settleUnwritten(group);
  }

  private async applyAfter(error: unknown, group: WriteGroup): Promise<void> {
    const [only] = group.writes;
    if (isRowError(error) && group.writes.length > 1) {
      const half = Math.ceil(group.writes.length / 2);
      await this.applyGroup({ ...group, writes: group.writes.slice(0, half) });
      return this.applyGroup({ ...group, writes: group.writes.slice(half) });
    }
    if (isRowError(error) && only) this.results[only.index] = { kind: 'rejected', reason: error.message };
    else this.settleUnanswered(group, toHubError(error));
  }

  /** What an operator must put right, and our own bugs, are no outcome of a record. */
  private settleUnanswered(group: WriteGroup, error: HubError): void {
    if (error.disposition !== 'retry') throw error;
    for (const { index } of group.writes) this.results[index] = { kind: 'unknown', reason: error.message };
  }

  private settleWritten(group: WriteGroup, rows: readonly TextRow[]): void {
    const byKey = new Map(group.writes.map(({ index, write }) => [String(write.key), index]));
    for (const row of rows) {
      const record = toRecord(this.plan, row);
      const n = row[ROW.write];
      const index = n === undefined || n === null ? 'key' in record && byKey.get(record.key) : Number(n);
      if (typeof index === 'number') this.results[index] = toApplied(group.operation, record);
    }
  }

  /** Rows that the statement did not return: read them to learn why. */
  private async settleUnwritten(group: WriteGroup): Promise<void> {
    const open = group.writes.filter(({ index }) => this.results[index] === undefined);
    if (open.length === 0) return;
    try {
      const current =
        group.operation === 'create' ? await this.findByKey(open.map(({ write }) => write)) : await this.findById(open);
      for (const { index, write } of open)
        this.results[index] = toUnwritten(write, current.get(write.externalId ?? write.key));
    } catch (error) {
      this.settleUnanswered({ ...group, writes: open }, toHubError(error));
    }
  }

  private async findByKey(writes: readonly RecordWrite[]): Promise<Map<string, ObservedRecord>> {
    const keys = writes.map(({ key }) => key);
    const { records } = await fetchRecords(this.table, this.plan, { by: 'key', keys });
    return new Map(records.map((record) => [record.key, record]));
  }

  private async findById(writes: readonly TableWrite[]): Promise<Map<string, ObservedRecord>> {
    const ids = writes.flatMap(({ write }) => write.externalId ?? []);
    const { records } = await fetchRecords(this.table, this.plan, { by: 'externalId', ids });
    return new Map(records.map((record) => [record.externalId, record]));
  }
}

/** Groups writes by operation and set of columns, each in the order of the call. */
function groupWrites(writes: readonly TableWrite[]): WriteGroup[] {
  const groups = new Map<string, { operation: RecordWrite['operation']; columns: string[]; writes: TableWrite[] }>();
  for (const write of writes) {
    const columns = sortedKeys(write.values);
    const name = JSON.stringify([write.write.operation, ...columns]);
    const group = groups.get(name) ?? { operation: write.write.operation, columns, writes: [] };
    group.writes.push(write);
    groups.set(name, group);
  }
  return [...groups.values()];
}

function toColumnValues(
  plan: EntityPlan,
  write: RecordWrite,
): { readonly columns: TableWrite['values'] } | { readonly reason: string } {
  if (write.operation === 'delete') return { columns: {} };
  const values = toSystemValues(plan.mapping, write.fields);
  if (!values.ok) return { reason: values.reason };
  if (write.operation === 'update') return { columns: values.values };
  const key = toKeyColumns(plan.mapping, plan.entity, write.key);
  return key.ok ? { columns: { ...values.values, ...key.value } } : { reason: key.reason };
}

function toApplied(operation: RecordWrite['operation'], record: ReturnType<typeof toRecord>): WriteOutcome {
  if ('reason' in record)
    return { kind: 'unknown', reason: `written, but it reads back as unmappable: ${record.reason}` };
  if (operation !== 'delete') return { kind: 'applied', stored: record };
  return { kind: 'applied', stored: { ...record, status: 'deleted', fields: {}, version: null, digest: null } };
}

function toUnwritten(write: RecordWrite, current: ObservedRecord | undefined): WriteOutcome {
  if (write.operation === 'create')
    return current
      ? { kind: 'conflict', current }
      : { kind: 'rejected', reason: 'a unique constraint of the table knows these values under another key' };
  if (current === undefined)
    return write.operation === 'delete' ? { kind: 'unchanged', stored: null } : { kind: 'conflict', current: null };
  const isMoved = write.expectedVersion !== null && current.version !== write.expectedVersion;
  // The version still fits, so the statement left it out because it holds these values already.
  return isMoved || write.operation === 'delete'
    ? { kind: 'conflict', current }
    : { kind: 'unchanged', stored: current };
}
