import type { ChangePage, FetchResult, KeyRange, ObservedRecord, RejectedRecord, ScanPage } from '#connector-sdk';
import { instantOfMs, type BusinessKey, type ExternalId } from '#kernel';
import { access, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checksumOf, type DropFolder, type WaitingFile } from './drop-folder.js';
import type { FilesEntity } from './entity-options.js';
import { sourceErrors } from './exchange.js';
import { prepareDrop, type PreparedLine } from './intake.js';
import { readJournal, writeJournal, type Journal } from './journal.js';
import { readLines } from './lines.js';
import { RecordLog, type LoggedRecord } from './record-log.js';
import type { DropFormat } from './rows.js';

/** Where the entity's drops come from and are kept. */
export interface DropStoreOptions {
  readonly folder: DropFolder;
  readonly workFolder: string;
  readonly format: DropFormat;
  /** False in mode observe: files stay where they are, and rejects go to the work folder. */
  readonly mayMove: boolean;
}

/** Position in the feed: a place in a drop, or a key in the consolidated records with the drop that follows. */
type FeedCursor =
  | { readonly sequence: number; readonly offset: number }
  | { readonly after: BusinessKey | null; readonly then: number };

/** One entity of one folder: takes drops in, and answers from what the last of them say. One call at a time. */
export class DropStore {
  private constructor(
    readonly entity: FilesEntity,
    readonly log: RecordLog,
    private journal: Journal,
    private readonly options: DropStoreOptions,
  ) {}

  static async open(entity: FilesEntity, options: DropStoreOptions): Promise<DropStore> {
    await mkdir(options.workFolder, { recursive: true, mode: 0o700 });
    const log = await RecordLog.load(join(options.workFolder, `${entity.entity}.records.jsonl`));
    return new DropStore(entity, log, await readJournal(journalPath(entity, options)), options);
  }

  /** Takes in every complete file that waits, so that all answers say what the last drops say. */
  async takeDrops(): Promise<void> {
    const { folder, mayMove } = this.options;
    const pattern = this.entity.mapping.source;
    if (mayMove) {
      const known = new Set(this.journal.open.map(({ source }) => source));
      for (const file of await folder.findTaken(pattern))
        if (!known.has(file.path)) await this.takeDrop(file, file.path);
    }
    for (const file of await folder.findWaiting(pattern)) {
      if (this.journal.seen[file.name] === file.mark) continue;
      const name = `${this.journal.last + 1}-${file.name}`;
      const source = mayMove ? await folder.exchange.move(file.path, 'work', name) : null;
      await this.takeDrop(file, source);
    }
  }

  /** The next page of the feed. One file is one source batch. */
  async changes(text: string | null, limit: number): Promise<ChangePage> {
    const cursor = this.toCursor(text);
    if ('after' in cursor) return this.snapshotPage(cursor, limit);
    await this.finishBefore(cursor.sequence);
    const drop = this.journal.open.find(({ sequence }) => sequence === cursor.sequence);
    if (!drop) return toPage([], cursor, false);
    const { lines, next } = await readPrepared(this.preparedPath(drop.sequence), cursor.offset, limit);
    if (next === null) return toPage(lines, { sequence: drop.sequence + 1, offset: 0 }, false);
    return toPage(lines, { sequence: drop.sequence, offset: next }, true);
  }

  async scan(range: KeyRange, after: ExternalId | null, limit: number): Promise<ScanPage> {
    const keys = keysAfter(this.log.keys(), after ?? range.from, range.to);
    const page = keys.slice(0, limit);
    const last = page.at(-1);
    const next = keys.length > limit && last !== undefined ? (last as string as ExternalId) : null;
    return { records: (await this.log.get(page)).map(toObserved), rejected: [], next };
  }

  async fetch(keys: readonly BusinessKey[]): Promise<FetchResult> {
    return { records: (await this.log.get([...new Set(keys)])).map(toObserved), rejected: [] };
  }

  /** Number of drops taken in and not yet fed. */
  get openDrops(): number {
    return this.journal.open.length;
  }

  async close(): Promise<void> {
    await this.log.close();
  }

  private async takeDrop(file: WaitingFile, source: string | null): Promise<void> {
    const sequence = this.journal.last + 1;
    const { exchange } = this.options.folder;
    const checksum = await exchange.withLocalCopy(source ?? file.path, async (path) => {
      const found = await sourceErrors(() => checksumOf(path));
      if (found === this.journal.lastChecksum) await this.skipDrop(sequence, file.name);
      else await this.prepare(sequence, file, path);
      return found;
    });
    await this.log.compact();
    await this.save({
      last: sequence,
      lastChecksum: checksum,
      lastName: file.name,
      seen: this.options.mayMove ? {} : { ...this.journal.seen, [file.name]: file.mark },
      open: [...this.journal.open, { sequence, name: file.name, source }],
    });
  }

  /** Rejects are gathered in the work folder, and given to the folder's owner whole. */
  private async prepare(sequence: number, file: WaitingFile, path: string): Promise<void> {
    const { folder, mayMove, workFolder, format } = this.options;
    const rejects = join(workFolder, 'rejects');
    await mkdir(rejects, { recursive: true, mode: 0o700 });
    const rejectsName = `${file.name}.rejects.jsonl`;
    const rejectsPath = join(rejects, rejectsName);
    await rm(rejectsPath, { force: true });
    await prepareDrop(this.entity, this.log, {
      name: file.name,
      path,
      format: { ...format, record: this.entity.options.record },
      changedAt: instantOfMs(Math.round(file.changedAtMs)),
      preparedPath: this.preparedPath(sequence),
      rejectsPath,
    });
    if (!mayMove || !(await exists(rejectsPath))) return;
    await folder.exchange.put(rejectsPath, 'rejects', rejectsName);
    await rm(rejectsPath);
  }

  /** The same content again says nothing new; its owner is told. */
  private async skipDrop(sequence: number, name: string): Promise<void> {
    const reason = `skipped: it has the same content as ${this.journal.lastName ?? 'the drop before'}`;
    const line: PreparedLine = { rejected: { externalId: name, reason } };
    await writeFile(this.preparedPath(sequence), `${JSON.stringify(line)}\n`, { mode: 0o600, flush: true });
  }

  /** Drops before the cursor are committed by the hub: only now do their files go to the archive. */
  private async finishBefore(sequence: number): Promise<void> {
    const finished = this.journal.open.filter((drop) => drop.sequence < sequence);
    if (finished.length === 0) return;
    for (const { source, name } of finished) if (source !== null) await this.archive(source, name);
    await this.save({ ...this.journal, open: this.journal.open.filter((drop) => drop.sequence >= sequence) });
    for (const drop of finished) await rm(this.preparedPath(drop.sequence), { force: true });
  }

  /** After a crash between moving and the journal, the file is in the archive already. */
  private async archive(source: string, name: string): Promise<void> {
    const taken = await this.options.folder.findTaken(this.entity.mapping.source);
    if (taken.some(({ path }) => path === source)) await this.options.folder.exchange.move(source, 'archive', name);
  }

  /**
   * A cursor before the oldest drop that is kept (a new hub, or one restored from a backup) begins with the consolidated
   * records; one beyond the last drop belongs to a work folder that was lost, and does so too.
   */
  private toCursor(text: string | null): FeedCursor {
    const oldest = this.journal.open[0]?.sequence ?? this.journal.last + 1;
    const start: FeedCursor = oldest === 1 ? { sequence: 1, offset: 0 } : { after: null, then: oldest };
    if (text === null) return start;
    const cursor = JSON.parse(text) as FeedCursor;
    const sequence = 'after' in cursor ? cursor.then : cursor.sequence;
    return sequence < oldest || sequence > this.journal.last + 1 ? start : cursor;
  }

  private async snapshotPage(cursor: Extract<FeedCursor, { then: number }>, limit: number): Promise<ChangePage> {
    const keys = keysAfter(this.log.keys(), cursor.after, null);
    const page = await this.log.get(keys.slice(0, limit));
    const lines = page.map((record): PreparedLine => ({ record }));
    const more = keys.length > limit;
    const next: FeedCursor = more
      ? { after: keys[limit - 1] ?? null, then: cursor.then }
      : { sequence: cursor.then, offset: 0 };
    return toPage(lines, next, more);
  }

  private async save(journal: Journal): Promise<void> {
    await writeJournal(journalPath(this.entity, this.options), journal);
    this.journal = journal;
  }

  private preparedPath(sequence: number): string {
    return join(this.options.workFolder, `${this.entity.entity}-${sequence}.drop.jsonl`);
  }
}

/** A record as the hub sees it. */
export function toObserved({ key, fields, changedAt }: LoggedRecord): ObservedRecord {
  const status = fields === null ? 'deleted' : 'live';
  const externalId = key as string as ExternalId;
  return { externalId, key, version: null, changedAt, status, fields: fields ?? {}, digest: null };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function journalPath({ entity }: FilesEntity, { workFolder }: DropStoreOptions): string {
  return join(workFolder, `${entity}.journal.json`);
}

function toPage(lines: readonly PreparedLine[], cursor: FeedCursor, more: boolean): ChangePage {
  const records: ObservedRecord[] = [];
  const rejected: RejectedRecord[] = [];
  for (const line of lines) {
    if ('record' in line) records.push(toObserved(line.record));
    else rejected.push(line.rejected);
  }
  return { records, rejected, cursor: JSON.stringify(cursor), more };
}

async function readPrepared(
  path: string,
  offset: number,
  limit: number,
): Promise<{ readonly lines: PreparedLine[]; readonly next: number | null }> {
  const lines: PreparedLine[] = [];
  for await (const line of readLines(path, offset)) {
    if (lines.length === limit) return { lines, next: line.offset };
    lines.push(JSON.parse(line.bytes.toString('utf8')) as PreparedLine);
  }
  return { lines, next: null };
}

/** Keys after `from` up to and including `to`, found by halving. */
function keysAfter(keys: readonly BusinessKey[], from: string | null, to: string | null): readonly BusinessKey[] {
  const start = from === null ? 0 : countUpTo(keys, from);
  return keys.slice(start, to === null ? keys.length : countUpTo(keys, to));
}

function countUpTo(keys: readonly BusinessKey[], bound: string): number {
  const bytes = Buffer.from(bound);
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (Buffer.compare(Buffer.from(keys[middle] ?? ''), bytes) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
