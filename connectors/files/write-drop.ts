import { differingFields } from '#canonical';
import { toCanonicalRecord, toKeyColumns, toSystemValues, type RecordWrite, type WriteOutcome } from '#connector-sdk';
import { instantOfMs, type CanonicalFields, type Clock } from '#kernel';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DropFolder } from './drop-folder.js';
import type { FileRow } from './drop-row.js';
import { toObserved, type DropStore } from './drop-store.js';
import { findUnwritable, toDropText } from './drop-text.js';
import type { FilesEntity } from './entity-options.js';
import type { LoggedRecord } from './record-log.js';
import type { DropFormat } from './rows.js';

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
  /** Where a file is made before it is put into the folder. */
  readonly workFolder: string;
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
    const plan = await planWrite(store, writer, write);
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

async function planWrite(
  store: DropStore,
  writer: DropWriter,
  write: RecordWrite,
): Promise<PlannedWrite | WriteOutcome> {
  const [current] = await store.log.get([write.key]);
  const settled = settleByExistence(store.entity, write, current);
  if (settled) return settled;
  const row = toRow(store.entity, write, { ...current?.fields, ...write.fields });
  if ('reason' in row) return { kind: 'rejected', reason: row.reason };
  const read = toCanonicalRecord(store.entity.mapping, store.entity.descriptor, row.values);
  if (!read.ok) return { kind: 'rejected', reason: read.reason };
  const unwritable = findUnwritable(row.values, writer.format);
  if (unwritable !== null) return { kind: 'rejected', reason: unwritable };
  // Read-only fields are in no file of ours; they stay as they were.
  const fields = { ...current?.fields, ...read.fields };
  if (isHeldAlready(write, current, fields)) return { kind: 'unchanged', stored: toObserved(current) };
  const changedAt = instantOfMs(writer.clock.nowMs());
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
  const { format, clock, folder, workFolder } = writer;
  const stamp = instantOfMs(clock.nowMs()).replaceAll(/[-:.]/g, '');
  const name = `${entity.entity}-${stamp}-${process.hrtime.bigint()}.${format.format}`;
  await mkdir(workFolder, { recursive: true, mode: 0o700 });
  const made = join(workFolder, name);
  try {
    const text = toDropText(rows, { ...format, record: entity.options.record ?? entity.entity });
    await writeFile(made, text, { mode: 0o600 });
    await folder.exchange.put(made, 'out', name);
  } finally {
    await rm(made, { force: true });
  }
}
