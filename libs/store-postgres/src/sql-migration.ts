import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A migration that is SQL statements, run in their order. TypeORM orders migrations by the number at the end of `name`. */
export abstract class SqlMigration implements MigrationInterface {
  abstract readonly name: string;
  protected abstract readonly forward: readonly string[];
  protected abstract readonly back: readonly string[];

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of this.forward) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of this.back) await runner.query(statement);
  }
}
