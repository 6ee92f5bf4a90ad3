import pg from 'pg';
import { schemaName } from '#hub-file';
import type { AppendedRow } from './history.js';
import type { TestHub } from './test-hub.js';

const TABLE = `
  CREATE TABLE public.appended (
    schema text NOT NULL, sequence bigint NOT NULL, topics text NOT NULL, key text NOT NULL, digest text NOT NULL)`;
const COPY = `
  CREATE FUNCTION public.note_appended() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO public.appended SELECT TG_TABLE_SCHEMA, sequence, topics, key, md5(value) FROM fresh;
    RETURN NULL; END $$`;
const TRIGGER = `
  AFTER INSERT ON outbox REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.note_appended()`;

/**
 * Writes down every row that a service appends to its outbox, in the transaction that appends it: what the topics must hold.
 * The rows themselves are removed once they are published.
 */
export class OutboxAudit {
  private constructor(private readonly databaseUrl: string) {}

  /** @param databaseUrl the hub's database, whose services have made their tables and published nothing yet */
  static async install(test: TestHub, databaseUrl: string): Promise<OutboxAudit> {
    const audit = new OutboxAudit(databaseUrl);
    await audit.withClient(async (client) => {
      await client.query(TABLE);
      await client.query(COPY);
      for (const service of ['connector-erp', 'connector-shop', 'golden']) {
        const schema = schemaName(test.hub.file, service);
        await client.query(`CREATE TRIGGER note ${TRIGGER.replace('outbox', `"${schema}".outbox`)}`);
      }
    });
    return audit;
  }

  /** Everything that was appended and committed. */
  async read(): Promise<AppendedRow[]> {
    return this.withClient(async (client) => {
      const text = 'SELECT sequence::text, topics, key, digest FROM public.appended';
      const { rows } = await client.query<Record<'sequence' | 'topics' | 'key' | 'digest', string>>(text);
      return rows.map(({ sequence, topics, key, digest }) => {
        return { sequence: BigInt(sequence), topics: topics.split(','), key, digest };
      });
    });
  }

  private async withClient<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client({ connectionString: this.databaseUrl });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }
}
