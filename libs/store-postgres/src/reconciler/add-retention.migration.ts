import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Finds the rounds that ended long ago without reading the others. Roll back: `down` drops the index; nothing is lost. */
export class AddRetention implements MigrationInterface {
  readonly name = 'AddRetention1700000003010';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE INDEX round_ended ON round (ended_at) WHERE ended_at IS NOT NULL');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX round_ended');
  }
}
