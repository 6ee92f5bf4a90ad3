import { SqlMigration } from '../sql-migration.js';

/** Finds the rounds that ended long ago without reading the others. Roll back: `down` drops the index; nothing is lost. */
export class AddRetention extends SqlMigration {
  readonly name = 'AddRetention1700000003010';
  protected readonly forward = ['CREATE INDEX round_ended ON round (ended_at) WHERE ended_at IS NOT NULL'];
  protected readonly back = ['DROP INDEX round_ended'];
}
