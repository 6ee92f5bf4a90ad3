import pg from 'pg';
import { createDatabase, dropDatabase } from '#hub-runner';
import { ERP_TABLES, erpSystem } from '../stores.js';

/** An article of the ERP, which owns all of these fields. */
export interface Article {
  readonly key: string;
  readonly de: string;
  readonly en: string;
  readonly description: string;
  readonly grams: number;
  readonly active: boolean;
}

/** Lines of the ERP under `systems:` of the hub file. */
export const SOURCE_SYSTEM = erpSystem(
  "{ name: { from: { de: title_de, en: title_en } }, description: { from: { de: text_de } }, weight: { from: weight_g, factor: '0.001' }, active: sellable }",
);

/** The ERP: one table, written by its users alone. */
export class Source {
  /** What the ERP holds, by key. */
  readonly articles = new Map<string, Article>();

  private constructor(
    readonly url: string,
    private readonly pool: pg.Pool,
    private readonly serverUrl: string,
  ) {}

  static async create(serverUrl: string, name: string): Promise<Source> {
    const url = await createDatabase(serverUrl, name);
    const pool = new pg.Pool({ connectionString: url, max: 2 });
    for (const statement of ERP_TABLES) await pool.query(statement);
    return new Source(url, pool, serverUrl);
  }

  /** Inserts or changes articles in one transaction. */
  async put(articles: readonly Article[]): Promise<void> {
    const columns = 'article_no, title_de, title_en, text_de, weight_g, sellable';
    await this.pool.query(
      `INSERT INTO erp.article (${columns}) SELECT ${columns} FROM jsonb_populate_recordset(NULL::erp.article, $1::jsonb)
       ON CONFLICT (article_no) DO UPDATE SET title_de = excluded.title_de, title_en = excluded.title_en,
         text_de = excluded.text_de, weight_g = excluded.weight_g, sellable = excluded.sellable,
         modified_at = clock_timestamp()`,
      [JSON.stringify(articles.map(toRow))],
    );
    for (const article of articles) this.articles.set(article.key, article);
  }

  async drop(): Promise<void> {
    await this.pool.end();
    await dropDatabase(this.serverUrl, this.url);
  }
}

/** The article in its n-th revision; weights are whole ten grams, as Tryton's two digits hold them. */
export function articleOf(key: string, revision: number, active: boolean): Article {
  const text = `${key} ${revision}`;
  return { key, de: `Schraube ${text}`, en: `Bolt ${text}`, description: `Text ${text}`, grams: revision * 10, active };
}

function toRow({ key, de, en, description, grams, active }: Article): object {
  return { article_no: key, title_de: de, title_en: en, text_de: description, weight_g: grams, sellable: active };
}
