import { open, readFile, rm } from 'node:fs/promises';
import { HubError } from '#kernel';

/** A file that names the process that may write; a process that is gone holds nothing. Of one machine only. */
export class ProcessLock {
  private isHeld = false;

  constructor(private readonly path: string) {}

  /** Does nothing where it is held already. @throws HubError HUB_SEED_TARGET_INVALID where another process holds it */
  async take(): Promise<void> {
    if (this.isHeld) return;
    if (!(await this.tryTake())) {
      await this.assertAbandoned();
      await rm(this.path, { force: true });
      if (!(await this.tryTake())) throw this.taken('another process');
    }
    this.isHeld = true;
  }

  async release(): Promise<void> {
    if (this.isHeld) await rm(this.path, { force: true });
    this.isHeld = false;
  }

  private async tryTake(): Promise<boolean> {
    try {
      const file = await open(this.path, 'wx');
      await file.writeFile(String(process.pid));
      await file.close();
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw new HubError(
        'HUB_SEED_TARGET_INVALID',
        `${this.path} can't be made.`,
        { path: this.path },
        { cause: error },
      );
    }
  }

  /** Our own number is of a process before us, in a container that was started again. */
  private async assertAbandoned(): Promise<void> {
    const pid = Number(await readFile(this.path, 'utf8').catch(() => ''));
    if (Number.isInteger(pid) && pid > 0 && pid !== process.pid && isAlive(pid)) throw this.taken(`process ${pid}`);
  }

  private taken(by: string): HubError {
    return new HubError('HUB_SEED_TARGET_INVALID', `${this.path} is held by ${by}: one seeder at a time.`, {
      path: this.path,
    });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // of somebody else, and there
  }
}
