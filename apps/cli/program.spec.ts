import { describe, expect, test } from '@jest/globals';
import { CliUnderTest } from '../../test/harness/cli-under-test.js';

const cli = new CliUnderTest();

describe('the command line', () => {
  test('help has examples and exit codes, and needs neither file nor services', async () => {
    expect(await cli.run(['--help'])).toMatchObject({ code: 0, out: expect.stringContaining('Exit codes:') });
    expect(await cli.run(['reconcile', '--help'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('plumbline reconcile shop --wait'),
    });
  });

  test.each([
    [['stauts']],
    [['reconcile']],
    [['explain', 'produkt', 'A']],
    [['drift', '--limit', 'x']],
    [['as-of', 'product', 'A', '--at', 'then']],
  ])('%j is a usage error', async (args) => {
    expect((await cli.run(args)).code).toBe(2);
  });
});
