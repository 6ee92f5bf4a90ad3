import type { MirrorRow } from '#mirror';

/** A stored row and the transaction that stored it, as `xmin` shows it. */
interface Remembered {
  readonly xid: string;
  readonly row: MirrorRow;
}

/** Rows of a few pages of writes; each takes some kilobytes. */
const MAX_ROWS = 2_000;

/**
 * Rows that this process stored last and will soon lock again, by id: a writer's between its intent and the answer. A
 * row that is still the version which its transaction wrote (`xmin`) need not be read and decoded again. What a rolled
 * back transaction left here is never found, since no row version bears its id.
 */
export class RowMemory {
  private readonly rows = new Map<string, Remembered>();

  remember(id: bigint, xid: string, row: MirrorRow): void {
    const name = String(id);
    this.rows.delete(name);
    this.rows.set(name, { xid, row });
    for (const oldest of this.rows.keys()) {
      if (this.rows.size <= MAX_ROWS) break;
      this.rows.delete(oldest);
    }
  }

  /** Takes the rows with these ids out: ids and transactions in the same order, to be compared by the database. */
  take(ids: readonly bigint[]): ReadonlyMap<string, Remembered> {
    const taken = new Map<string, Remembered>();
    for (const id of ids) {
      const name = String(id);
      const remembered = this.rows.get(name);
      if (!remembered) continue;
      taken.set(name, remembered);
      this.rows.delete(name);
    }
    return taken;
  }
}
