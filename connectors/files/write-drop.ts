import { differingFields } from '#canonical';
import {
  toCanonicalRecord,
  toKeyColumns,
  toSystemValues,
  type RecordWrite,
  type SystemValue,
  type WriteOutcome,
} from '#connector-sdk';
import { instantOfMs, type CanonicalFields, type Clock } from '#kernel';
import { mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { sourceErrors, type DropFolder } from './drop-folder.js';
import { toObserved, type DropStore } from './drop-store.js';
import type { FilesEntity } from './entity-options.js';
import type { LoggedRecord } from './record-log.js';
import type { DropFormat } from './rows.js';

type FileRow = Readonly<Record<string, SystemValue>>;

interface PlannedWrite {
  readonly row: FileRow;
  readonly record: LoggedRecord;
}

const NO_DELETES = 'a file says that a record is deleted only with options.deleted';

/** What the writer needs besides the store. */
export interface DropWriter {
  readonly folder: DropFolder;
  readonly format: DropFormat;
  readonly clock: Clock;
}

/**
 * Writes one file with whole records for all writes of the call. The file appears in one step; only then does the
 * record log say the same. A crash in between repeats the file, which is harmless, since its records are whole.
 */
export async function writeDrop(
  store: DropStore,
  writer: DropWriter,
  writes: readonly RecordWrite[],
): Promise<readonly WriteOutcome[]> {
  const outcomes: WriteOutcome[] = [];
  const planned: PlannedWrite[] = [];
  for (const write of writes) {
    const plan = await planWrite(store, writer.clock, write);
    if ('row' in plan) planned.push(plan);
    outcomes.push('row' in plan ? { kind: 'applied', stored: toObserved(plan.record) } : plan);
  }
  if (planned.length === 0) return outcomes;
  await writeFileAtOnce(
    store.entity,
    writer,
    planned.map(({ row }) => row),
  );
  await store.log.append(planned.map(({ record }) => record));
  return outcomes;
}

async function planWrite(store: DropStore, clock: Clock, write: RecordWrite): Promise<PlannedWrite | WriteOutcome> {
  const [current] = await store.log.get([write.key]);
  const settled = settleByExistence(store.entity, write, current);
  if (settled) return settled;
  const row = toRow(store.entity, write, { ...current?.fields, ...write.fields });
  if ('reason' in row) return { kind: 'rejected', reason: row.reason };
  const read = toCanonicalRecord(store.entity.mapping, store.entity.descriptor, row.values);
  if (!read.ok) return { kind: 'rejected', reason: read.reason };
  // Read-only fields are in no file of ours; they stay as they were.
  const fields = { ...current?.fields, ...read.fields };
  if (isHeldAlready(write, current, fields)) return { kind: 'unchanged', stored: toObserved(current) };
  const changedAt = instantOfMs(clock.nowMs());
  return {
    row: row.values,
    record: { key: write.key, fields: write.operation === 'delete' ? null : fields, changedAt },
  };
}

function isHeldAlready(
  { operation }: RecordWrite,
  current: LoggedRecord | undefined,
  fields: CanonicalFields,
): current is LoggedRecord {
  return operation === 'update' && !!current?.fields && differingFields(current.fields, fields).length === 0;
}

/** The outcome where it follows from whether the record exists. */
function settleByExistence(
  { options }: FilesEntity,
  { operation }: RecordWrite,
  current: LoggedRecord | undefined,
): WriteOutcome | null {
  switch (operation) {
    case 'create':
      return current ? { kind: 'conflict', current: toObserved(current) } : null;
    case 'update':
      return current ? null : { kind: 'conflict', current: null };
    case 'delete':
      if (!current) return { kind: 'unchanged', stored: null };
      return options.deleted === undefined ? { kind: 'rejected', reason: NO_DELETES } : null;
  }
}

/** Columns in a fixed order: key, fields, deleted. */
function toRow(
  { mapping, entity, options }: FilesEntity,
  write: RecordWrite,
  fields: CanonicalFields,
): { readonly values: FileRow } | { readonly reason: string } {
  const key = toKeyColumns(mapping, entity, write.key);
  if (!key.ok) return { reason: key.reason };
  const values = toSystemValues(mapping, fields);
  if (!values.ok) return { reason: values.reason };
  const deleted = options.deleted === undefined ? {} : { [options.deleted]: write.operation === 'delete' };
  const empty = Object.fromEntries(fieldColumns(mapping.fields).map((column) => [column, null]));
  return { values: { ...key.value, ...empty, ...values.values, ...key.value, ...deleted } };
}

function fieldColumns(fields: FilesEntity['mapping']['fields']): string[] {
  const written = Object.values(fields).filter(({ readOnly }) => !readOnly);
  return written.flatMap(({ from }) => (typeof from === 'string' ? [from] : Object.values(from)));
}

async function writeFileAtOnce(entity: FilesEntity, writer: DropWriter, rows: readonly FileRow[]): Promise<void> {
  const text = writer.format.format === 'csv' ? toCsv(rows, writer.format.delimiter) : toJsonLines(rows);
  const stamp = instantOfMs(writer.clock.nowMs()).replaceAll(/[-:.]/g, '');
  await sourceErrors(async () => {
    const folder = writer.folder.folder('out');
    await mkdir(folder, { recursive: true });
    const name = `${entity.entity}-${stamp}-${process.hrtime.bigint()}.${writer.format.format}`;
    const file = await open(join(folder, `${name}.tmp`), 'wx', 0o600);
    try {
      await file.appendFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(join(folder, `${name}.tmp`), join(folder, name));
  });
}

function toCsv(rows: readonly FileRow[], delimiter: string): string {
  const columns = Object.keys(rows[0] ?? {});
  const lines = rows.map((row) => columns.map((column) => toCell(row[column] ?? null)).join(delimiter));
  return [columns.map(quoted).join(delimiter), ...lines, ''].join('\n');
}

/** Null is an empty cell, the empty text a quoted one. */
function toCell(value: SystemValue): string {
  if (value === null) return '';
  return quoted(typeof value === 'object' ? JSON.stringify(value) : String(value));
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

function toJsonLines(rows: readonly FileRow[]): string {
  return rows.map((row) => `${JSON.stringify(nested(row))}\n`).join('');
}

/** A column with dots is a path into nested objects, as it is when drops are read. */
function nested(row: FileRow): unknown {
  const root: Record<string, unknown> = {};
  for (const [path, value] of Object.entries(row)) {
    const steps = path.split('.');
    const last = steps.pop() ?? path;
    let target = root;
    for (const step of steps) target = (target[step] ??= {}) as Record<string, unknown>;
    target[last] = value;
  }
  return root;
}
