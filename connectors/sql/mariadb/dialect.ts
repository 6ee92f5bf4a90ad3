import { DIGEST_VERSION } from '#canonical';
import type { Dialect } from '../database.js';
import { MariadbClient } from './client.js';
import { checkDatabase, discoverTables } from './inspect.js';
import { MariadbTable } from './mariadb-table.js';

/** MariaDB 10.6 or later. */
export const mariadb: Dialect = {
  defaultVersion: 'digest',
  digestRules: `sql-1.${DIGEST_VERSION}`,
  open(options, logger) {
    const client = new MariadbClient(options, logger);
    return {
      table: (plan) => new MariadbTable(client, plan),
      check: (plans) => checkDatabase(client, plans),
      discover: () => discoverTables(client),
      close: () => client.close(),
    };
  },
};
