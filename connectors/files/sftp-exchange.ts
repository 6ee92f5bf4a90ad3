import { HubError } from '#kernel';
import { mkdir, rm } from 'node:fs/promises';
import { basename, join, posix } from 'node:path';
import type { FileEntryWithStats, Stats } from 'ssh2';
import { sourceErrors, type Exchange, type FolderName, type ListedFile } from './exchange.js';
import { SFTP_STATUS, SftpSession, statusOf, toSourceError, type SftpOperation } from './sftp-session.js';

/** Names tried before a move is given up. */
const MAX_COPIES = 1_000;
const OWN_FILE = 0o600;
const ANY_WRITE = 0o222;

/**
 * An exchange folder on an SFTP server. A file is downloaded before it is read: into `spool`, where it is deleted when
 * the work on it is done. Times have whole seconds and come from the server's clock, which may differ from ours.
 */
export class SftpExchange implements Exchange {
  readonly settledMs = 60_000;

  constructor(
    private readonly session: SftpSession,
    private readonly root: string,
    private readonly spool: string,
    /** False in mode observe: nothing on the server is touched. */
    private readonly mayWrite: boolean,
  ) {}

  async list(folder: 'in' | 'work'): Promise<ListedFile[]> {
    const entries = await this.run<FileEntryWithStats[]>((sftp, done) => sftp.readdir(this.folder(folder), done), {
      missing: folder === 'work' ? [] : undefined,
    });
    return entries
      .filter(({ attrs }) => attrs.isFile())
      .map(({ filename, attrs }) => ({
        name: filename,
        path: posix.join(this.folder(folder), filename),
        sizeBytes: attrs.size,
        changedAtMs: attrs.mtime * 1_000,
      }));
  }

  /** The protocol's rename refuses a name that is taken. */
  async move(path: string, to: 'work' | 'archive', name: string): Promise<string> {
    const folder = await this.makeFolder(to);
    for (let copy = 1; copy <= MAX_COPIES; copy += 1) {
      const target = posix.join(folder, copy === 1 ? name : `${copy}-${name}`);
      if (await this.rename(path, target)) return target;
    }
    throw new HubError('HUB_SOURCE_ERROR', `The SFTP server refuses to move ${name} to ${to}.`);
  }

  async withLocalCopy<T>(path: string, work: (localPath: string) => Promise<T>): Promise<T> {
    await sourceErrors(() => mkdir(this.spool, { recursive: true, mode: 0o700 }));
    const localPath = join(this.spool, basename(path));
    try {
      await this.download(path, localPath);
      return await work(localPath);
    } finally {
      await rm(localPath, { force: true });
    }
  }

  async put(localPath: string, to: 'rejects' | 'out', name: string): Promise<void> {
    const target = posix.join(await this.makeFolder(to), name);
    await this.run<void>((sftp, done, progress) =>
      sftp.fastPut(localPath, `${target}.tmp`, { mode: OWN_FILE, step: progress }, done),
    );
    if (await this.rename(`${target}.tmp`, target)) return;
    // The protocol's rename never replaces: the rejects of an intake that is repeated after a crash.
    await this.run<void>((sftp, done) => sftp.unlink(target, done));
    if (!(await this.rename(`${target}.tmp`, target)))
      throw new HubError('HUB_SOURCE_ERROR', `The SFTP server refuses to name a file ${name}.`);
  }

  async canRead(): Promise<boolean> {
    return (await this.unlessRefused((sftp, done) => sftp.readdir(this.folder('in'), done))) !== null;
  }

  /** In mode write by making a folder that is needed anyway; in mode observe by what the folder's mode says. */
  async canWrite(): Promise<boolean> {
    if (this.mayWrite) {
      try {
        await this.makeFolder('work');
        return true;
      } catch (error) {
        if (error instanceof HubError && error.disposition !== 'retry') return false;
        throw error;
      }
    }
    const stats = await this.unlessRefused<Stats>((sftp, done) => sftp.stat(this.root, done));
    return stats !== null && (stats.mode & ANY_WRITE) !== 0;
  }

  close(): Promise<void> {
    return this.session.close();
  }

  /** A file that changed meanwhile is still being uploaded; it is read the next time. */
  private async download(path: string, localPath: string): Promise<void> {
    const before = await this.stat(path);
    await this.run<void>((sftp, done, progress) => sftp.fastGet(path, localPath, { step: progress }, done));
    const after = await this.stat(path);
    if (before.size === after.size && before.mtime === after.mtime) return;
    throw new HubError('HUB_SOURCE_ERROR', `${basename(path)} changed while it was read; it is read again.`);
  }

  private stat(path: string): Promise<Stats> {
    return this.run<Stats>((sftp, done) => sftp.stat(path, done));
  }

  /** False when the server refuses without a reason, as it does when the name is taken. */
  private async rename(from: string, to: string): Promise<boolean> {
    try {
      await this.session.run<void>((sftp, done) => sftp.rename(from, to, done));
      return true;
    } catch (error) {
      if (statusOf(error) === SFTP_STATUS.failure && (await this.exists(to))) return false;
      throw toSourceError(error);
    }
  }

  private async exists(path: string): Promise<boolean> {
    return (await this.unlessRefused<Stats>((sftp, done) => sftp.lstat(path, done))) !== null;
  }

  private async makeFolder(name: FolderName): Promise<string> {
    const folder = this.folder(name);
    if (!(await this.exists(folder))) await this.run<void>((sftp, done) => sftp.mkdir(folder, done));
    return folder;
  }

  private async unlessRefused<T>(operation: SftpOperation<T>): Promise<T | null> {
    try {
      return await this.session.run(operation);
    } catch (error) {
      if (statusOf(error) !== null) return null;
      throw error;
    }
  }

  private async run<T>(
    operation: SftpOperation<T>,
    { missing }: { readonly missing?: T | undefined } = {},
  ): Promise<T> {
    try {
      return await this.session.run(operation);
    } catch (error) {
      if (missing !== undefined && statusOf(error) === SFTP_STATUS.noSuchFile) return missing;
      throw toSourceError(error);
    }
  }

  private folder(name: FolderName): string {
    return posix.join(this.root, name);
  }
}
