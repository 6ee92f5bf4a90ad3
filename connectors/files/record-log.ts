import type { BusinessKey, CanonicalFields, Instant } from '#kernel';
import { open, rename, truncate, type FileHandle } from 'node:fs/promises';
import { readLines } from './lines.js';

/** A record as the last drop or write said; `fields` is null once it was deleted. */
export interface LoggedRecord {
  readonly key: BusinessKey;
  readonly fields: CanonicalFields | null;
  readonly changedAt: Instant | null;
}

interface Place {
  readonly offset: number;
  readonly length: number;
}

/** Superseded lines that are tolerated before the log is rewritten. */
const MIN_GARBAGE = 10_000;

/**
 * What an entity's drops say, consolidated: a log of JSON lines on disk of which the last line of a key counts, and an
 * index of places in memory (some 150 bytes a record). A line cut off by a crash is dropped at the next load.
 */
export class RecordLog {
  private readonly places = new Map<BusinessKey, Place>();
  private sorted: BusinessKey[] | null = null;
  private end = 0;
  private lines = 0;

  private constructor(
    private readonly path: string,
    private file: FileHandle,
  ) {}

  static async load(path: string): Promise<RecordLog> {
    const log = new RecordLog(path, await open(path, 'a+', 0o600));
    for await (const { bytes, offset, isEnded } of readLines(path)) {
      if (!isEnded) await truncate(path, offset);
      else log.place(JSON.parse(bytes.toString('utf8')) as LoggedRecord, { offset, length: bytes.length });
    }
    return log;
  }

  has(key: BusinessKey): boolean {
    return this.places.has(key);
  }

  /** Live keys in byte order; the array must not be changed. */
  keys(): readonly BusinessKey[] {
    this.sorted ??= sortByBytes([...this.places.keys()]);
    return this.sorted;
  }

  /** The records of these keys, as far as they are live, in the order given. */
  async get(keys: readonly BusinessKey[]): Promise<LoggedRecord[]> {
    const records: LoggedRecord[] = [];
    for (const key of keys) {
      const place = this.places.get(key);
      if (place) records.push(await this.read(place));
    }
    return records;
  }

  /** Adds records; they are on disk when it resolves. */
  async append(records: readonly LoggedRecord[]): Promise<void> {
    if (records.length === 0) return;
    const lines = records.map((record) => Buffer.from(`${JSON.stringify(record)}\n`));
    await this.file.appendFile(Buffer.concat(lines));
    await this.file.datasync();
    for (const [at, record] of records.entries()) {
      const length = (lines[at]?.length ?? 1) - 1;
      this.place(record, { offset: this.end, length });
    }
  }

  /** Rewrites the log when more than half of it is superseded. */
  async compact(): Promise<void> {
    if (this.lines < 2 * this.places.size + MIN_GARBAGE) return;
    const next = await open(`${this.path}.tmp`, 'w', 0o600);
    for (const key of this.keys()) {
      const [record] = await this.get([key]);
      if (record) await next.appendFile(`${JSON.stringify(record)}\n`);
    }
    await next.sync();
    await next.close();
    await rename(`${this.path}.tmp`, this.path);
    await this.reload();
  }

  async close(): Promise<void> {
    await this.file.close();
  }

  private async reload(): Promise<void> {
    await this.file.close();
    this.places.clear();
    this.sorted = null;
    this.end = 0;
    this.lines = 0;
    this.file = await open(this.path, 'a+', 0o600);
    for await (const { bytes, offset } of readLines(this.path))
      this.place(JSON.parse(bytes.toString('utf8')) as LoggedRecord, { offset, length: bytes.length });
  }

  private place({ key, fields }: LoggedRecord, place: Place): void {
    this.lines += 1;
    this.end = place.offset + place.length + 1;
    if (this.places.has(key) !== (fields !== null)) this.sorted = null;
    if (fields === null) this.places.delete(key);
    else this.places.set(key, place);
  }

  private async read({ offset, length }: Place): Promise<LoggedRecord> {
    const { buffer } = await this.file.read(Buffer.alloc(length), 0, length, offset);
    return JSON.parse(buffer.toString('utf8')) as LoggedRecord;
  }
}

/** Byte order differs from the order of JavaScript only beyond the basic plane, which UTF-16 sorts too low. */
function sortByBytes(keys: BusinessKey[]): BusinessKey[] {
  if (!keys.some((key) => /[\ud800-\uffff]/.test(key))) return keys.sort();
  return keys.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}
