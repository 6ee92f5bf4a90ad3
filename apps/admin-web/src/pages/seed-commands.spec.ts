import { expect, test } from '@jest/globals';
import { seedCommands } from './seed-commands.js';

const DRAFT = { entity: 'product', host: 'db.local:5432', database: 'shop', user: 'me', table: '', follow: true };

test('a plan, the seed, and its check', () => {
  expect(seedCommands(DRAFT).map(({ command }) => command)).toEqual([
    'plumbline seed product --to postgres://me@db.local:5432/shop --plan',
    'plumbline seed product --to postgres://me@db.local:5432/shop --follow',
    'plumbline seed check product --to postgres://me@db.local:5432/shop',
  ]);
});

test('what would be more than one word of the shell is quoted', () => {
  const [plan] = seedCommands({ ...DRAFT, table: "a'; rm -rf / #", host: 'h $(id)' });
  expect(plan?.command).toBe(
    `plumbline seed product --to 'postgres://me@h $(id)/shop' --table 'a'\\''; rm -rf / #' --plan`,
  );
});
