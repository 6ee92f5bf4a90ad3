import type { Entity } from '#contracts';
import { HubError, type Logger, type SystemId } from '#kernel';
import type { Keep, Restored, RestoredStore } from '#mirror';

/**
 * `trusted`: nothing happened. `held`: the system went back in time, and nobody chose yet: nothing is read or written.
 * `rebasing`: every record is being read again under the choice. `pushing`: the hub's state is being written, fields of the
 * system's own included.
 */
export type RestoredPhase = 'trusted' | 'held' | 'rebasing' | 'pushing';

/** So many records at older versions, read at once, are no edit by hand. */
const MANY_OLDER = 10;

/** @throws HubError HUB_SOURCE_RESTORED when so many records are older than they were that the system must be */
export function assertFewOlder(
  system: SystemId,
  entity: Entity,
  count: number,
  { key, version }: { readonly key: string; readonly version: string | null },
): void {
  if (count < MANY_OLDER) return;
  const others = `${count - 1} other records of ${entity}`;
  throw new HubError(
    'HUB_SOURCE_RESTORED',
    `${system} shows ${key} and ${others} at versions older than seen before (${key}: ${version}).`,
    { system, entity, count },
  );
}

/** Whether the system went back in time (restored from a backup), and how far its settlement is. */
export class RestoredSystem {
  private restored: Restored | null = null;

  constructor(
    private readonly parts: { readonly system: SystemId; readonly store: RestoredStore; readonly logger: Logger },
  ) {}

  get phase(): RestoredPhase {
    if (!this.restored) return 'trusted';
    if (!this.restored.keep) return 'held';
    return this.restored.isRebased ? 'pushing' : 'rebasing';
  }

  get current(): Restored | null {
    return this.restored;
  }

  /** Whether the hub writes fields of the system's own, too: those that the system lost. */
  get writesAllFields(): boolean {
    return this.restored?.keep === 'hub';
  }

  /** Takes over what the database says: another process, or a person, may have changed it. */
  async refresh(): Promise<void> {
    this.restored = await this.parts.store.findRestored();
  }

  /**
   * Runs work on the system while it is trusted, or being pushed.
   * @throws HubError HUB_SOURCE_RESTORED while it is held, and when the work finds that it went back in time; then it is held
   */
  async watch<T>(work: () => Promise<T>): Promise<T> {
    this.assertTrusted();
    try {
      return await work();
    } catch (error) {
      if (error instanceof HubError && error.code === 'HUB_SOURCE_RESTORED') await this.hold(error.message);
      throw error;
    }
  }

  /** Remembers what a person chose. @throws HubError HUB_NOT_FOUND when nothing is held */
  async choose(keep: Keep, actor: string): Promise<void> {
    if (this.phase !== 'held')
      throw new HubError('HUB_NOT_FOUND', `${this.parts.system} is not held as restored from a backup.`, {
        system: this.parts.system,
      });
    await this.parts.store.saveKeep(keep, actor);
    await this.refresh();
    this.parts.logger.warn({ keep, actor }, 'restored system: a person chose');
  }

  /** Every record was read again: nothing is left to do where the system's state counts. */
  async noteRebased(): Promise<void> {
    await this.parts.store.saveRebased();
    if (this.restored?.keep !== 'hub') await this.parts.store.clearRestored();
    await this.refresh();
  }

  /** @returns whether all is written that the system had lost; then it is trusted again */
  async noteWritten(): Promise<boolean> {
    if ((await this.parts.store.countUnwritten()) > 0) return false;
    await this.parts.store.clearRestored();
    await this.refresh();
    this.parts.logger.info({}, 'restored system: the hub state was written');
    return true;
  }

  private assertTrusted(): void {
    if (!this.restored || this.phase === 'pushing') return;
    const { system } = this.parts;
    const { reason, keep } = this.restored;
    const doing = keep ? ' It is being settled: every record is read again.' : '';
    throw new HubError('HUB_SOURCE_RESTORED', `${reason}${doing}`, { system });
  }

  private async hold(reason: string): Promise<void> {
    await this.parts.store.saveRestored(reason);
    await this.refresh();
    this.parts.logger.error({ reason }, 'the system went back in time: held');
  }
}
