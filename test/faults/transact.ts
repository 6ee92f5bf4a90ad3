import type pg from 'pg';
import type { JournalEntry } from './history.js';

/** Of a server that is away, ending, starting, or without disk: connection, shutdown, recovery, disk full, I/O error. */
const OUTAGE = /^(08...|57P0[123]|53100|58030|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT)$/;

/** Errors of pg itself, which have no code. */
const LOST_CONNECTION = /^Connection terminated|encountered a connection error|timeout exceeded when trying to connect/;

/**
 * Runs one transaction and tells what is known of it: `unknown` when the commit was sent and not answered. An outage of the
 * server is an outcome, too. @throws every other error
 */
export async function transact(
  pool: pg.Pool,
  wanted: 'committed' | 'rolled-back',
  work: (client: pg.PoolClient) => Promise<unknown>,
): Promise<JournalEntry['outcome']> {
  let client: pg.PoolClient | null = null;
  let isSent = false;
  try {
    client = await pool.connect();
    await client.query('BEGIN');
    await work(client);
    isSent = wanted === 'committed';
    await client.query(isSent ? 'COMMIT' : 'ROLLBACK');
    client.release();
    return wanted;
  } catch (error) {
    client?.release(true);
    if (!isOutage(error)) throw error;
    return isSent ? 'unknown' : 'rolled-back';
  }
}

function isOutage(error: unknown): boolean {
  const { code = '', message = '' } = error as { readonly code?: string; readonly message?: string };
  return OUTAGE.test(code) || LOST_CONNECTION.test(message);
}
