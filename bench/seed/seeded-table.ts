import { Database } from '#store-postgres';
import { isDeleted, keyOf, type GoldenProducts } from './golden-products.js';

/** How a seeded table differs from its topic. */
export interface TableVerdict {
  /** Products whose latest event did not come. */
  readonly gap: number;
  /** Rows that no product has, and rows written more often than there were events. */
  readonly duplicate: number;
}

interface Row {
  readonly key: string;
  readonly sequence: string;
  readonly status: string;
}

const PAGE = 50_000;

/** Judges the table by what was written into the topic, by key; writes are counted by PostgreSQL itself. */
export async function judgeTable(url: string, products: GoldenProducts): Promise<TableVerdict> {
  const database = await openTarget(url);
  try {
    const walk = new Walk(products);
    let [after, isEnd] = ['', false];
    while (!isEnd) {
      const text = `SELECT key, sequence, status FROM product WHERE key > $1 ORDER BY key LIMIT ${PAGE}`;
      const rows = await database.query<Row>(text, [after]);
      for (const row of rows) walk.take(row);
      after = rows.at(-1)?.key ?? after;
      isEnd = rows.length < PAGE;
    }
    return { gap: walk.gap, duplicate: walk.extra + (await countRepeats(database, products)) };
  } finally {
    await database.close();
  }
}

/** Goes through products and rows side by side, both in the order of their keys. */
class Walk {
  extra = 0;
  private found = 0;
  private next = 0;

  constructor(private readonly products: GoldenProducts) {}

  get gap(): number {
    return this.products.size - this.found;
  }

  take(row: Row): void {
    while (this.next < this.products.size && keyOf(this.next) < row.key) this.next += 1;
    if (keyOf(this.next) !== row.key) {
      this.extra += 1;
      return;
    }
    if (isCurrent(row, this.next, this.products)) this.found += 1;
    this.next += 1;
  }
}

/** Changes one value of the table, as nobody should. */
export async function tamper(url: string, products: GoldenProducts): Promise<void> {
  const database = await openTarget(url);
  try {
    const live = products.sequences.findIndex((sequence, index) => !isDeleted(index, sequence));
    await database.query('UPDATE product SET weight = weight + 0.0000001 WHERE key = $1', [keyOf(live)]);
  } finally {
    await database.close();
  }
}

/** The table that the bare script fills. */
export async function createBareTable(url: string, fields: readonly string[]): Promise<void> {
  const database = await openTarget(url);
  try {
    const types: Readonly<Record<string, string>> = {
      weight: 'numeric',
      active: 'boolean',
      name: 'jsonb',
      description: 'jsonb',
    };
    const columns = fields.map((field) => `"${field}" ${types[field] ?? 'text'}`);
    await database.query(
      `CREATE TABLE bare (key text, version bigint, sequence bigint, status text, ${columns.join(', ')})`,
    );
  } finally {
    await database.close();
  }
}

function isCurrent({ sequence, status }: Row, index: number, { sequences }: GoldenProducts): boolean {
  const wanted = sequences[index] ?? 0;
  return Number(sequence) === wanted && (status === 'deleted') === isDeleted(index, wanted);
}

async function countRepeats(database: Database, { size, changes }: GoldenProducts): Promise<number> {
  const [writes] = await database.query<{ readonly inserted: string; readonly updated: string }>(
    "SELECT n_tup_ins AS inserted, n_tup_upd AS updated FROM pg_stat_user_tables WHERE relname = 'product'",
  );
  return Math.max(0, Number(writes?.inserted ?? 0) - size) + Math.max(0, Number(writes?.updated ?? 0) - changes);
}

function openTarget(url: string): Promise<Database> {
  return Database.connect({ url, schema: 'public', applicationName: 'bench-seed', poolSize: 1 }, []);
}
