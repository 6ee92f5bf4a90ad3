import pg from 'pg';
import { TEST_DATABASE } from '../harness/tryton-users.js';
import { systemAddress } from '../harness/systems.js';

const BACKUP = `${TEST_DATABASE}_backup`;

/** Backup and restore of Tryton's test database while its server runs, as an operator does it. */
export class TrytonBackup {
  /** Ends every session first: a database in use can't be copied. */
  async take(): Promise<void> {
    await this.copy(TEST_DATABASE, BACKUP);
  }

  async restore(): Promise<void> {
    await this.copy(BACKUP, TEST_DATABASE);
  }

  async drop(): Promise<void> {
    await this.run([`DROP DATABASE IF EXISTS ${BACKUP} WITH (FORCE)`]);
  }

  private copy(from: string, to: string): Promise<void> {
    return this.run([
      `ALTER DATABASE ${from} ALLOW_CONNECTIONS false`,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${from}'`,
      `DROP DATABASE IF EXISTS ${to} WITH (FORCE)`,
      `CREATE DATABASE ${to} TEMPLATE ${from}`,
      `ALTER DATABASE ${from} ALLOW_CONNECTIONS true`,
    ]);
  }

  private async run(statements: readonly string[]): Promise<void> {
    const client = new pg.Client({ connectionString: systemAddress('DATABASE_URL') });
    await client.connect();
    try {
      for (const statement of statements) await client.query(statement);
    } finally {
      await client.end();
    }
  }
}
