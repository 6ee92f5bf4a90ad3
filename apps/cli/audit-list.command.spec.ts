import { expect, test } from '@jest/globals';
import { CliUnderTest } from '../../test/harness/cli-under-test.js';

const cli = new CliUnderTest();

test.each([
  [['--act', 'hold:everything'], '"hold:everything" is no act'],
  [['--act', 'holds'], '"holds" is no act'],
  [['--service', 'goldan'], 'Did you mean "golden"?'],
  [['--since', 'yesterday'], '"yesterday" is neither a time with offset nor how long ago'],
  [['--until', '2026-11-23'], '"2026-11-23" is neither'],
  [['--before', 'golden'], '--before is service:number'],
  [['--limit', '0'], 'a number from 1 to 500'],
  [['--limit', '501'], 'a number from 1 to 500'],
  [[], 'DATABASE_URL is not set'],
])('audit list %j says what is wrong before anything is read', async (flags, said) => {
  const { code, err } = await cli.run(['audit', 'list', ...flags]);
  expect(err).toContain(said);
  expect(code).not.toBe(0);
});
