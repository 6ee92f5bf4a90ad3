import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Rounds, their drift, holds and audit. A round's row is its state machine: `step` is the job to run next, `revision`
 * refuses a second driver. One round of a (system, entity) is open at a time. The id of a hold is that of its round.
 * Roll back: `down` drops the tables; the next rounds find all drift again, decisions on holds are lost.
 */
export class CreateReconcilerTables implements MigrationInterface {
  readonly name = 'CreateReconcilerTables1700000003000';

  async up(runner: QueryRunner): Promise<void> {
    await createRounds(runner);
    await createDetails(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE audit, hold, drift_item, round');
  }
}

async function createRounds(runner: QueryRunner): Promise<void> {
  await runner.query(`
      CREATE TABLE round (
        id text PRIMARY KEY,
        number bigint GENERATED ALWAYS AS IDENTITY,
        system text NOT NULL,
        entity text NOT NULL,
        demanded boolean NOT NULL,
        state text NOT NULL DEFAULT 'scanning',
        step text DEFAULT 'scan',
        attempt integer NOT NULL DEFAULT 0,
        checks integer NOT NULL DEFAULT 0,
        digest text,
        approved_by text,
        hold_id text,
        scanned integer NOT NULL DEFAULT 0,
        changed integer NOT NULL DEFAULT 0,
        missing integer NOT NULL DEFAULT 0,
        "foreign" integer NOT NULL DEFAULT 0,
        undecided integer NOT NULL DEFAULT 0,
        fixed integer NOT NULL DEFAULT 0,
        unfixed integer NOT NULL DEFAULT 0,
        fields jsonb NOT NULL DEFAULT '{}',
        problem text,
        revision integer NOT NULL DEFAULT 0,
        due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        lease_owner text,
        leased_until timestamptz NOT NULL DEFAULT '-infinity',
        repaired_at timestamptz,
        started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        ended_at timestamptz
      )`);
  await runner.query('CREATE UNIQUE INDEX round_open ON round (system, entity) WHERE ended_at IS NULL');
  await runner.query('CREATE INDEX round_due ON round (due_at) WHERE step IS NOT NULL');
  await runner.query('CREATE INDEX round_newest ON round (system, entity, number DESC)');
  await runner.query('CREATE INDEX round_number ON round (number DESC)');
}

async function createDetails(runner: QueryRunner): Promise<void> {
  await runner.query(`
      CREATE TABLE drift_item (
        round_id text NOT NULL REFERENCES round ON DELETE CASCADE,
        position integer NOT NULL,
        external_id text NOT NULL,
        key text,
        kind text NOT NULL,
        fields text[] NOT NULL,
        outcome text NOT NULL,
        PRIMARY KEY (round_id, position)
      )`);
  await runner.query(`
      CREATE TABLE hold (
        id text PRIMARY KEY REFERENCES round ON DELETE CASCADE,
        rule text NOT NULL,
        count integer NOT NULL,
        "limit" integer NOT NULL,
        reason text NOT NULL,
        samples text[] NOT NULL,
        digest text NOT NULL,
        state text NOT NULL,
        opened_at timestamptz NOT NULL,
        decided_at timestamptz,
        decided_by text
      )`);
  await runner.query(`
      CREATE TABLE audit (
        number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        id text NOT NULL,
        at timestamptz NOT NULL,
        actor text NOT NULL,
        action text NOT NULL,
        subject text NOT NULL,
        details jsonb NOT NULL
      )`);
}
