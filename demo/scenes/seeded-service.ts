import type { SqlStore } from '../stores/sql-store.js';

const TABLE = 'catalogue';

/** Next offset by partition. */
export type Offsets = Readonly<Record<string, string>>;

/** A team's own service with a database of its own, which `plumbline seed` fills. */
export class SeededService {
  constructor(private readonly store: SqlStore) {}

  /** Arguments of `plumbline seed` and `plumbline seed check`. */
  get target(): readonly string[] {
    return ['product', '--to', this.store.url, '--table', TABLE];
  }

  /** Live records; 0 before the table is there. */
  async countRows(): Promise<number> {
    const [there] = await this.store.query<{ name: string | null }>(`SELECT to_regclass('${TABLE}_live') AS name`);
    if (!there?.name) return 0;
    const [row] = await this.store.query<{ count: string }>(`SELECT count(*) FROM ${TABLE}_live`);
    return Number(row?.count ?? 0);
  }

  /** Whether every partition was handed over to live events. */
  async isLive(): Promise<boolean> {
    const [row] = await this.store.query<{ live: boolean }>(
      `SELECT bool_and(state = 'live') AS live FROM ${TABLE}_seed`,
    );
    return row?.live ?? false;
  }

  async readOffsets(): Promise<Offsets> {
    const rows = await this.store.query<{ partition: number; next_offset: string }>(
      `SELECT partition, next_offset FROM ${TABLE}_seed ORDER BY partition`,
    );
    return Object.fromEntries(rows.map(({ partition, next_offset }) => [partition, next_offset]));
  }

  /** Articles whose weight is not the ERP's, compared without the hub. @param wanted weights by article number */
  async countOutdated(wanted: ReadonlyMap<string, string>): Promise<number> {
    const weights = `SELECT key, trim_scale(weight)::text AS weight FROM ${TABLE}_live`;
    const rows = await this.store.query<{ key: string; weight: string }>(weights);
    const known = new Map(rows.map(({ key, weight }) => [key, weight]));
    return [...wanted].filter(([key, weight]) => known.get(key) !== weight).length;
  }

  /** Somebody changes one row of the service behind the hub's back. */
  async tamper(key: string): Promise<void> {
    await this.store.query(`UPDATE ${TABLE} SET brand = brand || ' (tampered)' WHERE key = $1`, [key]);
  }
}
