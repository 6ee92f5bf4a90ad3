import type { MigrationInterface, QueryRunner } from 'typeorm';
import { AddParkingAndLimit } from './add-parking-and-limit.migration.js';

/**
 * Outbox, shard leases and applied offsets of one service; first in every service's list of migrations.
 * Value and headers are in the form that goes to the broker. The primary key (shard, sequence) is the relay's only access path. The identity has no cache, so that numbers rise in
 * the order in which transactions draw them. A queue table is vacuumed by count of dead rows, not by share of its size.
 * Roll back: `down` drops the tables; pending events are lost with them.
 */
export class CreateOutboxTables implements MigrationInterface {
  readonly name = 'CreateOutboxTables1700000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE outbox (
        sequence bigint GENERATED ALWAYS AS IDENTITY (CACHE 1),
        shard smallint NOT NULL,
        topics text NOT NULL,
        key text NOT NULL,
        value bytea NOT NULL,
        headers bytea NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (shard, sequence)
      ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0,
              autovacuum_vacuum_insert_scale_factor = 0.5, autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 20000)`);
    await runner.query(`
      CREATE TABLE outbox_shard (
        shard smallint PRIMARY KEY,
        owner text NOT NULL,
        epoch bigint NOT NULL,
        expires_at timestamptz NOT NULL
      ) WITH (fillfactor = 20)`);
    await runner.query(`
      CREATE TABLE applied_offset (
        topic text NOT NULL,
        partition integer NOT NULL,
        next_offset bigint NOT NULL,
        PRIMARY KEY (topic, partition)
      ) WITH (fillfactor = 20)`);
    await new AddParkingAndLimit().up(runner); // databases that are older get them by their own migration
  }

  async down(runner: QueryRunner): Promise<void> {
    await new AddParkingAndLimit().down(runner);
    await runner.query('DROP TABLE applied_offset, outbox_shard, outbox');
  }
}
