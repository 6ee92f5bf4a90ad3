import { access, constants, copyFile, mkdir, open, readdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { sourceErrors, type Exchange, type FolderName, type ListedFile } from './exchange.js';

/** An exchange folder of this machine, or mounted on it. */
export class LocalExchange implements Exchange {
  readonly settledMs = 2_000;

  constructor(private readonly root: string) {}

  list(folder: 'in' | 'work'): Promise<ListedFile[]> {
    return sourceErrors(async () => {
      const files: ListedFile[] = [];
      const names = await readdir(this.folder(folder)).catch(folder === 'work' ? noneIfMissing : rethrow);
      for (const name of names) {
        const path = join(this.folder(folder), name);
        const info = await stat(path).catch(undefinedIfMissing);
        if (info?.isFile()) files.push({ name, path, sizeBytes: info.size, changedAtMs: info.mtimeMs });
      }
      return files;
    });
  }

  move(path: string, to: 'work' | 'archive', name: string): Promise<string> {
    return sourceErrors(async () => {
      const folder = this.folder(to);
      await mkdir(folder, { recursive: true });
      let target = join(folder, name);
      for (let copy = 2; await may(target, constants.F_OK); copy += 1) target = join(folder, `${copy}-${name}`);
      await rename(path, target);
      return target;
    });
  }

  withLocalCopy<T>(path: string, work: (localPath: string) => Promise<T>): Promise<T> {
    return work(path);
  }

  /** Copied first: the file may lie on another disk. */
  put(localPath: string, folder: 'rejects' | 'out', name: string): Promise<void> {
    return sourceErrors(async () => {
      await mkdir(this.folder(folder), { recursive: true });
      const target = join(this.folder(folder), name);
      await copyFile(localPath, `${target}.tmp`);
      const file = await open(`${target}.tmp`, 'r+');
      try {
        await file.chmod(0o600);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(`${target}.tmp`, target);
    });
  }

  canRead(): Promise<boolean> {
    return may(this.folder('in'), constants.R_OK | constants.X_OK);
  }

  canWrite(): Promise<boolean> {
    return may(this.root, constants.W_OK | constants.X_OK);
  }

  async close(): Promise<void> {}

  private folder(name: FolderName): string {
    return join(this.root, name);
  }
}

function may(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}

function noneIfMissing(error: NodeJS.ErrnoException): string[] {
  if (error.code === 'ENOENT') return [];
  throw error;
}

/** Someone may have taken it since it was listed. */
function undefinedIfMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

function rethrow(error: unknown): never {
  throw error;
}
