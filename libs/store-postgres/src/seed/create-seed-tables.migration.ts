import { SqlMigration } from '../sql-migration.js';

/** Certificates of seeds, and places of seeds into stores that can't keep them. Roll back: `down` drops both; seeds begin anew. */
export class CreateSeedTables extends SqlMigration {
  readonly name = 'CreateSeedTables1700000004030';
  protected readonly forward = [
    `CREATE TABLE seed_certificate (
      id text COLLATE "C" PRIMARY KEY, topic text COLLATE "C" NOT NULL, target text NOT NULL, at timestamptz NOT NULL,
      document json NOT NULL
    )`,
    'CREATE INDEX seed_certificate_at ON seed_certificate (at, id)',
    `CREATE TABLE seed_place (
      target text COLLATE "C" NOT NULL, partition integer NOT NULL, topic text COLLATE "C" NOT NULL, shape text NOT NULL,
      next_offset bigint NOT NULL, state text NOT NULL, PRIMARY KEY (target, partition)
    )`,
  ];
  protected readonly back = ['DROP TABLE seed_place', 'DROP TABLE seed_certificate'];
}
