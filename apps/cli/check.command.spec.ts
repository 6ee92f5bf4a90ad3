import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
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

describe('secrets in a vault', () => {
  const path = (): string => {
    const file = join(cli.folder, 'vault.yaml');
    writeFileSync(file, HUB_FILE.replace('${NOT_SET}', '${vault:secret/data/erp#url}'));
    return file;
  };
  const down = { CONNECTOR_URLS: 'erp=http://127.0.0.1:9' };

  test('are not looked up without VAULT_ADDR, which is said', async () => {
    const { code, out } = await cli.run(['check', '--file', path()], down);
    expect(code).toBe(0);
    expect(out).toContain('Secrets in the vault: 1, not looked up, since VAULT_ADDR is not set here.');
  });

  test('a vault that does not answer is told once, with code, place and what to do', async () => {
    const vault = { VAULT_ADDR: 'http://127.0.0.1:9', VAULT_TOKEN: 'sesame' };
    const { code, out } = await cli.run(['check', '--file', path()], { ...down, ...vault });
    expect(code).toBe(1);
    expect(out).toContain(
      '  - systems.erp.config.url: HUB_VAULT_UNREACHABLE: 127.0.0.1:9 can not be reached: nothing listens there; start the system or correct the port. Start the vault, or correct VAULT_ADDR and VAULT_CACERT; then start again.',
    );
    const json = await cli.run(['check', '--json', '--file', path()], { ...down, ...vault });
    expect(JSON.parse(json.out)).toMatchObject({
      vault: {
        secrets: 1,
        isLookedUp: true,
        problems: [{ places: ['systems.erp.config.url'], code: 'HUB_VAULT_UNREACHABLE' }],
      },
    });
    expect(out + json.out).not.toContain('sesame');
  });
});
