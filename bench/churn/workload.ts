import { setTimeout as sleep } from 'node:timers/promises';
import type { Database, Sql } from '#store-postgres';
import { appendToOurs, ROWS_A_TRANSACTION } from '../relay/events.js';

/** Connections that commit side by side. */
export const WRITERS = 6;
const COMMITS_PER_S = 250;
const ROLLED_BACK = 0.02;
const SLOW = 0.02;
const SLOW_MS = 100;
const BURST_EVERY_MS = 60_000;
const BURST_ROWS = 20_000;

/** What goes on for as long as it is not stopped: commits at a steady rate, some late, some rolled back, and bursts. */
export class Churn {
  /** Rows that were committed. */
  committed = 0;
  private index = 0;
  private isStopping = false;

  constructor(
    private readonly database: Database,
    private readonly topic: string,
  ) {}

  /** Resolves after {@link stop}. */
  async run(): Promise<void> {
    await Promise.all([this.burst(), ...Array.from({ length: WRITERS }, () => this.write())]);
  }

  stop(): void {
    this.isStopping = true;
  }

  private async write(): Promise<void> {
    const startsAtMs = performance.now();
    for (let n = 0; !this.isStopping; n += 1) {
      const waitMs = startsAtMs + (n * 1_000 * WRITERS) / COMMITS_PER_S - performance.now();
      if (waitMs >= 1) await sleep(waitMs);
      await this.append(1, Math.random() < SLOW ? SLOW_MS : 0, Math.random() < ROLLED_BACK);
    }
  }

  private async burst(): Promise<void> {
    for (let waitedMs = 0; !this.isStopping; waitedMs += 1_000) {
      await sleep(1_000);
      if (waitedMs % BURST_EVERY_MS !== 0) continue;
      for (let rows = 0; rows < BURST_ROWS; rows += ROWS_A_TRANSACTION) await this.append(ROWS_A_TRANSACTION, 0, false);
    }
  }

  private async append(rows: number, heldMs: number, isRolledBack: boolean): Promise<void> {
    const from = this.index;
    this.index += rows;
    try {
      await this.database.transaction(async (sql: Sql) => {
        await appendToOurs(sql, this.topic, from, from + rows);
        if (heldMs > 0) await sleep(heldMs);
        if (isRolledBack) throw new RolledBack();
      });
      this.committed += rows;
    } catch (error) {
      if (!((error as Error).cause instanceof RolledBack)) throw error;
    }
  }
}

class RolledBack extends Error {}
