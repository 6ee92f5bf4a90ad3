import type { Entity } from '#contracts';
import type { EventPlace } from '#outbox';
import type { Sql } from '../database.js';

interface PlaceRow {
  readonly key: string;
  readonly epoch: number;
  readonly sequence: string;
}

const GOLDEN = `
  SELECT key, 0 AS epoch, sequence FROM golden WHERE entity = $1 AND key = ANY ($2::text[]) AND version > 0`;
/** A contribution is the text of a JSON array that begins with epoch and sequence; parsing it whole costs ten times as much. */
const CONTRIBUTIONS = `
  SELECT external_id AS key, ltrim(split_part(contribution, ',', 1), '[')::int AS epoch,
    split_part(contribution, ',', 2)::bigint AS sequence
  FROM mirror WHERE entity = $1 AND external_id = ANY ($2::text[]) AND contribution IS NOT NULL`;
const UNPUBLISHED = `
  SELECT key FROM outbox WHERE key = ANY ($1::text[])
  UNION SELECT key FROM outbox_parked_key WHERE key = ANY ($1::text[])`;
const IS_LONG = 'SELECT EXISTS (SELECT FROM outbox OFFSET $1) AS "isLong"';

/** Rows of the outbox that are looked through for keys, which no index holds: some 10 ms. */
const MOST_ROWS = 20_000;

/** Where the rows of a service's database stand among the events of their keys; committed state, no locks. */
export class PostgresCurrentPlaces {
  constructor(private readonly sql: Sql) {}

  /** Of golden records that were published, deleted ones among them. */
  golden(entity: Entity, keys: readonly string[]): Promise<Map<string, EventPlace>> {
    return this.find(GOLDEN, entity, keys);
  }

  /** Of a connector's contributions, by external id. */
  contributions(entity: Entity, externalIds: readonly string[]): Promise<Map<string, EventPlace>> {
    return this.find(CONTRIBUTIONS, entity, externalIds);
  }

  /** Which keys have rows in the outbox, waiting or parked; all of them where more than 20,000 rows wait. */
  async findUnpublished(keys: readonly string[]): Promise<Set<string>> {
    const [long] = await this.sql.query<{ isLong: boolean }>(IS_LONG, [MOST_ROWS]);
    if (long?.isLong) return new Set(keys);
    return new Set((await this.sql.query<{ key: string }>(UNPUBLISHED, [keys])).map(({ key }) => key));
  }

  private async find(text: string, entity: Entity, keys: readonly string[]): Promise<Map<string, EventPlace>> {
    const rows = await this.sql.query<PlaceRow>(text, [entity, keys]);
    return new Map(rows.map(({ key, epoch, sequence }) => [key, { epoch, sequence: BigInt(sequence) }]));
  }
}
