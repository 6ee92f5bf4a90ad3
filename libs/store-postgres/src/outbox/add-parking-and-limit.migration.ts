import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Rows of an outbox that no broker takes, with what follows of their keys: moved here from `outbox` as they are, and back
 * when their release is asked for. And whether the outbox is full: one row, which every append reads. A new database has the tables by `CreateOutboxTables`.
 * Roll back: `down` drops the tables; parked events are lost with them.
 */
export class AddParkingAndLimit implements MigrationInterface {
  readonly name = 'AddParkingAndLimit1700000000500';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE IF NOT EXISTS outbox_parked (
        sequence bigint PRIMARY KEY,
        shard smallint NOT NULL,
        topics text NOT NULL,
        key text NOT NULL,
        value bytea NOT NULL,
        headers bytea NOT NULL,
        created_at timestamptz NOT NULL
      )`);
    await runner.query('CREATE INDEX IF NOT EXISTS outbox_parked_by_key ON outbox_parked (shard, key)');
    await runner.query(`
      CREATE TABLE IF NOT EXISTS outbox_parked_key (
        shard smallint NOT NULL,
        key text NOT NULL,
        code text NOT NULL,
        reason text NOT NULL,
        parked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        is_released boolean NOT NULL DEFAULT false,
        PRIMARY KEY (shard, key)
      )`);
    await runner.query('CREATE TABLE IF NOT EXISTS outbox_limit (is_full boolean NOT NULL) WITH (fillfactor = 20)');
    await runner.query('INSERT INTO outbox_limit SELECT false WHERE NOT EXISTS (SELECT FROM outbox_limit)');
    await runner.query(`
      CREATE OR REPLACE FUNCTION outbox_full() RETURNS smallint LANGUAGE plpgsql VOLATILE AS
      $$ BEGIN RAISE EXCEPTION 'the outbox is full: too many events wait for the broker' USING ERRCODE = 'PL001'; END $$`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE IF EXISTS outbox_parked, outbox_parked_key, outbox_limit');
    await runner.query('DROP FUNCTION IF EXISTS outbox_full()');
  }
}
