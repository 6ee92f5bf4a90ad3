import { SqlMigration } from '../sql-migration.js';

const TABLES = [
  // What waits for a receiver; gone once it is delivered. The id is the order in which golden made the versions of a key.
  `CREATE TABLE webhook_delivery (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, endpoint text NOT NULL, entity text NOT NULL,
    key text COLLATE "C" NOT NULL, event_id text NOT NULL, type text NOT NULL, happened_at timestamptz NOT NULL,
    data text NOT NULL, is_parked boolean NOT NULL DEFAULT false, attempts integer NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL DEFAULT clock_timestamp(), reason text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(), UNIQUE (endpoint, event_id)
  )`,
  `CREATE INDEX webhook_delivery_by_key ON webhook_delivery (endpoint, entity, key, id) WHERE NOT is_parked`,
  // Who sends to a receiver, and why nobody does.
  `CREATE TABLE webhook_endpoint (
    name text PRIMARY KEY, owner text NOT NULL DEFAULT '', leased_until timestamptz NOT NULL DEFAULT '-infinity',
    off_reason text
  )`,
  // Topics whose reading has begun: a new one is read from its end on.
  `CREATE TABLE webhook_topic (name text PRIMARY KEY)`,
];

/** The notifier's deliveries. Roll back: `down` drops the tables; events not delivered are lost with them. */
export class CreateWebhookTables extends SqlMigration {
  readonly name = 'CreateWebhookTables1700000000300';
  protected readonly forward = TABLES;
  protected readonly back = ['DROP TABLE webhook_topic, webhook_endpoint, webhook_delivery'];
}
