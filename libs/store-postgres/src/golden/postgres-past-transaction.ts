import type { Entity } from '#contracts';
import type { GoldenRecord, PastTransaction } from '#golden-record';
import type { BusinessKey } from '#kernel';
import type { Sql } from '../database.js';
import { TOPIC_SEPARATOR } from '../outbox/postgres-outbox-appender.js';
import { toGoldenRow } from './golden-rows.js';

const ADD_VERSIONS = `
  INSERT INTO golden_history (entity, key, version, status, policy_version, changed_at, fields, cause)
  SELECT $1, t.* FROM jsonb_to_recordset($2::jsonb)
    AS t (key text, version bigint, status text, policy_version integer, changed_at timestamptz, fields text,
      cause text)
  ON CONFLICT (entity, key, version) DO NOTHING`;
const DROP_PENDING = 'DELETE FROM outbox WHERE split_part(topics, $1, 1) = $2 AND key = ANY ($3::text[])';
/** A sequence can't be locked, and numbers may be left out: raising it twice at once does no harm. */
const RAISE_HOLD_NUMBER = `
  SELECT setval('hold_number', $1::bigint) FROM hold_number WHERE last_value < $1::bigint`;

/** What golden takes over from its own topics, within one transaction. */
export class PostgresPastTransaction implements PastTransaction {
  constructor(private readonly sql: Sql) {}

  async addVersions(entity: Entity, versions: readonly GoldenRecord[]): Promise<void> {
    if (versions.length === 0) return;
    await this.sql.query(ADD_VERSIONS, [entity, JSON.stringify(versions.map(toGoldenRow))]);
  }

  async dropPending(topic: string, keys: readonly BusinessKey[]): Promise<void> {
    await this.sql.query(DROP_PENDING, [TOPIC_SEPARATOR, topic, keys]);
  }

  async raiseHoldNumber(number: number): Promise<void> {
    await this.sql.query(RAISE_HOLD_NUMBER, [number]);
  }
}
