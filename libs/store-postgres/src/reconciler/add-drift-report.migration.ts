import { SqlMigration } from '../sql-migration.js';

/** In the order of their execution. */
const STATEMENTS = [
  'ALTER TABLE drift_item ADD facts jsonb, ADD since timestamptz, ADD fixed_at timestamptz',
  'UPDATE drift_item SET since = round.started_at FROM round WHERE round.id = drift_item.round_id',
  'ALTER TABLE drift_item ALTER since SET NOT NULL, ALTER since SET DEFAULT now()',
  'CREATE INDEX drift_item_fixed ON drift_item (fixed_at) WHERE fixed_at IS NOT NULL',
  'ALTER TABLE round ADD known integer, ADD unequal integer, ADD absent integer, ADD population jsonb',
  'CREATE INDEX round_started ON round (started_at)',
];

/**
 * What reports need of drift: since when it is known, when it was gone, what tells its records apart; and what a complete
 * scan knew besides. Roll back: `down` drops it all; the next rounds fill it anew, without their past.
 */
export class AddDriftReport extends SqlMigration {
  readonly name = 'AddDriftReport1700000003020';
  protected readonly forward = STATEMENTS;
  protected readonly back = [
    'DROP INDEX round_started, drift_item_fixed',
    'ALTER TABLE round DROP known, DROP unequal, DROP absent, DROP population',
    'ALTER TABLE drift_item DROP facts, DROP since, DROP fixed_at',
  ];
}
