import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const ROOT = join(import.meta.dirname, '../..');
const SECRET = 'no-token-of-ours';

test.each(['apps/golden', 'apps/notifier', 'apps/reconciler', 'apps/all-in-one', 'connectors/sql'])(
  '%s ends with 1 and names every wrong variable, no value',
  (program) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'dist', program, 'main.js')], {
      env: { PLUMBLINE_TOKEN: SECRET, DATABASE_URL: SECRET },
      encoding: 'utf8',
    });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^HUB_CONFIG_INVALID: Wrong environment variables:\n/);
    for (const problem of ['KAFKA_BROKERS: is not set', 'DATABASE_URL: must be a URL'])
      expect(stderr).toContain(problem);
    expect(stderr).not.toContain(SECRET);
  },
);
