import type { Dialect } from '../database.js';
import { PostgresClient } from './client.js';
import { checkDatabase, discoverTables } from './inspect.js';
import { toPostgresPlan } from './postgres-plan.js';
import { PostgresTable } from './postgres-table.js';

/** PostgreSQL 14 or later. */
export const postgres: Dialect = {
  defaultVersion: 'xmin',
  digestRules: 'postgres-1',
  open(options, logger) {
    const client = new PostgresClient(options, logger);
    return {
      table: (plan) => new PostgresTable(client, toPostgresPlan(plan)),
      check: (plans) => checkDatabase(client, [...plans].map(toPostgresPlan)),
      discover: () => discoverTables(client),
      close: () => client.close(),
    };
  },
};
