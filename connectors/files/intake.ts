import { canonicalize } from '#canonical';
import { toCanonicalRecord, type RawRecord, type RejectedRecord } from '#connector-sdk';
import type { BusinessKey, Instant } from '#kernel';
import { open, rename, type FileHandle } from 'node:fs/promises';
import type { DropRow } from './drop-row.js';
import type { FilesEntity } from './entity-options.js';
import type { LoggedRecord, RecordLog } from './record-log.js';
import { readRows, type DropFormat } from './rows.js';

/** One line of a prepared drop. */
export type PreparedLine = { readonly record: LoggedRecord } | { readonly rejected: RejectedRecord };

/** A file to take in, and where its outcome goes. */
export interface Intake {
  readonly name: string;
  readonly path: string;
  readonly format: DropFormat;
  readonly changedAt: Instant;
  /** Written in one step when the drop is prepared. */
  readonly preparedPath: string;
  readonly rejectsPath: string;
}

const BATCH = 1_000;

/**
 * Reads a drop once: its records go to the record log and, with its rejects, to the prepared file that is fed to the hub
 * page by page. Running it again after a crash gives the same. Of a key that comes twice, the first line counts.
 */
export async function prepareDrop(entity: FilesEntity, log: RecordLog, intake: Intake): Promise<void> {
  const run = new IntakeRun(entity, log, intake, await open(`${intake.preparedPath}.tmp`, 'w', 0o600));
  try {
    for await (const row of readRows(intake.path, intake.format)) await run.take(row);
    await run.finish();
  } finally {
    await run.close();
  }
  await rename(`${intake.preparedPath}.tmp`, intake.preparedPath);
}

class IntakeRun {
  private readonly lineOf = new Map<BusinessKey, number>();
  private batch: PreparedLine[] = [];
  private rejects: FileHandle | null = null;
  private unreadable = 0;
  private records = 0;

  constructor(
    private readonly entity: FilesEntity,
    private readonly log: RecordLog,
    private readonly intake: Intake,
    private readonly prepared: FileHandle,
  ) {}

  async take(row: DropRow): Promise<void> {
    if ('reason' in row) this.reject(row.line, row.reason);
    else this.takeRecord(row.line, row.row);
    if (this.batch.length >= BATCH) await this.flush();
  }

  async finish(): Promise<void> {
    if (this.entity.options.complete) this.deleteMissing();
    await this.flush();
    await this.prepared.sync();
  }

  async close(): Promise<void> {
    await this.prepared.close();
    await this.rejects?.close();
  }

  private takeRecord(line: number, row: RawRecord): void {
    const mapped = toCanonicalRecord(this.entity.mapping, this.entity.descriptor, row);
    if (!mapped.ok) return this.reject(line, mapped.reason);
    const first = this.lineOf.get(mapped.key);
    if (first !== undefined) return this.reject(line, `the key is already in line ${first}`, true);
    this.lineOf.set(mapped.key, line);
    this.records += 1;
    const fields = this.isDeleted(row) ? null : mapped.fields;
    this.batch.push({ record: { key: mapped.key, fields, changedAt: this.intake.changedAt } });
  }

  private isDeleted(row: RawRecord): boolean {
    const { deleted } = this.entity.options;
    if (deleted === undefined) return false;
    const flag = canonicalize('boolean', row[deleted] === '' ? null : row[deleted]);
    return flag.ok && flag.value === true;
  }

  /** Nothing is deleted by a file that has a line which can't be read: the missing record may be that line. */
  private deleteMissing(): void {
    const missing = this.log.keys().filter((key) => !this.lineOf.has(key));
    if (missing.length === 0) return;
    if (this.unreadable > 0 || this.records === 0) {
      const why = this.records === 0 ? 'the file has no record' : `${this.unreadable} lines can't be read`;
      this.reject(0, `${missing.length} records are missing, but not taken as deleted: ${why}`);
      return;
    }
    for (const key of missing) this.batch.push({ record: { key, fields: null, changedAt: this.intake.changedAt } });
  }

  private reject(line: number, reason: string, isReadable = false): void {
    if (!isReadable) this.unreadable += 1;
    const externalId = line === 0 ? this.intake.name : `${this.intake.name}:${line}`;
    this.batch.push({ rejected: { externalId, reason } });
  }

  private async flush(): Promise<void> {
    const lines = this.batch;
    this.batch = [];
    if (lines.length === 0) return;
    await this.log.append(lines.flatMap((line) => ('record' in line ? line.record : [])));
    await this.prepared.appendFile(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const rejected = lines.flatMap((line) => ('rejected' in line ? `${JSON.stringify(line.rejected)}\n` : []));
    if (rejected.length === 0) return;
    this.rejects ??= await open(this.intake.rejectsPath, 'w', 0o600);
    await this.rejects.appendFile(rejected.join(''));
  }
}
