import { HubError } from '#kernel';

/** The folders of an exchange: where others put files, ours at work, done, refused, and what we write. */
export type FolderName = 'in' | 'work' | 'archive' | 'rejects' | 'out';

/** A file as a listing tells it. */
export interface ListedFile {
  readonly name: string;
  /** Names the file to the other methods; stays the same over restarts. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly changedAtMs: number;
}

/** An exchange folder, local or on another machine. Every method may throw HUB_SOURCE_*. */
export interface Exchange {
  /** A file that was last changed so long ago, by its own clock, is complete. */
  readonly settledMs: number;
  /** Files of a folder; none where `work` is not there yet. */
  list(folder: 'in' | 'work'): Promise<ListedFile[]>;
  /** Moves a file in one step and returns its new path; a file of that name is never overwritten. */
  move(path: string, folder: 'work' | 'archive', name: string): Promise<string>;
  /** Hands over a path of this machine with the file's content, as long as `work` runs. */
  withLocalCopy<T>(path: string, work: (localPath: string) => Promise<T>): Promise<T>;
  /** Puts a file of this machine into a folder, where it appears in one step; one of that name is replaced. */
  put(localPath: string, folder: 'rejects' | 'out', name: string): Promise<void>;
  canRead(): Promise<boolean>;
  canWrite(): Promise<boolean>;
  close(): Promise<void>;
}

/** Runs file operations of the exchange folder. @throws HubError HUB_SOURCE_UNREACHABLE or HUB_SOURCE_UNAUTHORISED */
export async function sourceErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof HubError) throw cause;
    const { code = '', message } = cause as NodeJS.ErrnoException;
    const denied = code === 'EACCES' || code === 'EPERM' || code === 'EROFS';
    throw new HubError(
      denied ? 'HUB_SOURCE_UNAUTHORISED' : 'HUB_SOURCE_UNREACHABLE',
      `The folder: ${message}`,
      { code },
      { cause },
    );
  }
}
