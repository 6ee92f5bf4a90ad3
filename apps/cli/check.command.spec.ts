import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { CliUnderTest, HUB_FILE } from '../../test/harness/cli-under-test.js';

const cli = new CliUnderTest();

test('tells all problems of the hub file with line and column', async () => {
  const bad = join(cli.folder, 'bad.yaml');
  writeFileSync(bad, HUB_FILE.replace('connector:', 'conector:'));
  const { code, out } = await cli.run(['check', '--file', bad]);
  expect(code).toBe(1);
  expect(out).toContain(`${bad}:3:10 systems.erp.conector: Unknown field "conector". Did you mean "connector"?`);
  expect(out).toContain('The environment variable NOT_SET is not set.');
  expect(out).toContain('3 problems in');
});

test('reaches the systems through their connectors', async () => {
  cli.routes['POST /check'] = () => [
    200,
    { reachable: true, version: 'PostgreSQL 15.1', canWrite: false, problems: ['no table p'] },
  ];
  const environment = { NOT_SET: 'x' };
  expect(await cli.run(['check'], environment)).toMatchObject({
    code: 1,
    out: `${cli.file}: no problem.\nerp: reached, PostgreSQL 15.1, may only read\n  - no table p\n`,
  });
  const down = await cli.run(['check'], { ...environment, CONNECTOR_URLS: 'erp=http://127.0.0.1:9' });
  expect(down).toMatchObject({ code: 0, out: expect.stringContaining('Not running, so not reached: erp') });
});
