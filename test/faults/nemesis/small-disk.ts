import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeSync, openSync, closeSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sleep } from '../workload.js';

const run = promisify(execFile);
const BALLAST = 'ballast';
const [UNMOUNT_TRIES, UNMOUNT_PAUSE_MS] = [40, 250];
const STEP = Buffer.alloc(1024 * 1024);

/** A file system of a fixed size in memory, mounted at a folder: it can be filled to the last byte. */
export class SmallDisk {
  private constructor(private readonly folder: string) {}

  /** Mounts it. @returns null where this account may not mount */
  static async mount(folder: string, sizeMiB: number): Promise<SmallDisk | null> {
    mkdirSync(folder, { recursive: true });
    try {
      await run('mount', ['-t', 'tmpfs', '-o', `size=${sizeMiB}m`, 'tmpfs', folder]);
    } catch {
      return null; // not root, or mounting is not allowed in this container
    }
    return new SmallDisk(folder);
  }

  /** Unmounts what a run that was killed has left at the folder. */
  static async unmountLeftover(folder: string): Promise<void> {
    if (readFileSync('/proc/mounts', 'utf8').includes(` ${folder} tmpfs `)) await unmount(folder);
  }

  /** Leaves no free byte: whoever writes gets ENOSPC. */
  fill(): void {
    const file = openSync(join(this.folder, BALLAST), 'w');
    try {
      for (let size = STEP.length; size >= 1;) {
        try {
          if (writeSync(file, STEP, 0, size) === size) continue;
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
        }
        size = Math.floor(size / 8);
      }
    } finally {
      closeSync(file);
    }
  }

  free(): void {
    rmSync(join(this.folder, BALLAST), { force: true });
  }

  async unmount(): Promise<void> {
    await unmount(this.folder);
  }
}

/** The kernel lets go of the files of a process only some time after it has ended. */
async function unmount(folder: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await run('umount', [folder]);
      return;
    } catch (error) {
      if (attempt === UNMOUNT_TRIES) throw error;
      await sleep(UNMOUNT_PAUSE_MS);
    }
  }
}
