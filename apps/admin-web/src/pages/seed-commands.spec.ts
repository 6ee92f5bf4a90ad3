import { expect, test } from '@jest/globals';
import { seedCommands } from './seed-commands.js';
import { EMPTY_SEED, type SeedDraft } from './seed-draft.js';

const DRAFT: SeedDraft = {
  ...{ ...EMPTY_SEED, entity: 'product', kind: 'elsewhere', follow: true },
  ...{ host: 'db.local:5432', database: 'shop', user: 'me' },
};

test('a plan, the seed, and its check', () => {
  expect(seedCommands(DRAFT).map(({ command }) => command)).toEqual([
    'plumbline seed product --to postgres://me@db.local:5432/shop --plan',
    'plumbline seed product --to postgres://me@db.local:5432/shop --follow',
    'plumbline seed check product --to postgres://me@db.local:5432/shop',
  ]);
});

test('a part of a topic into a topic; the past is not followed', () => {
  const part = { where: 'brand=A B', fields: 'brand, weight', asOf: '2026-11-23T04:05' };
  const [, seed] = seedCommands({ ...DRAFT, ...part, kind: 'topic', topic: 'team.products' });
  expect(seed?.command).toBe(
    "plumbline seed product --to topic:team.products --where 'brand=A B' --fields brand,weight --as-of 2026-11-23T04:05:00Z",
  );
});

test('the address of a store is a variable of the shell: the page does not know it', () => {
  const [, seed] = seedCommands({ ...DRAFT, kind: 'store', store: 'web-shop', table: 'articles', follow: false });
  expect(seed?.command).toBe('plumbline seed product --to "$WEB_SHOP_URL" --table articles');
});

test('the sources stay the sources in all three', () => {
  for (const { command } of seedCommands({ ...DRAFT, from: 'sources' })) expect(command).toContain(' --from sources');
});

test('what would be more than one word of the shell is quoted', () => {
  const [plan] = seedCommands({ ...DRAFT, table: "a'; rm -rf / #", host: 'h $(id)' });
  expect(plan?.command).toBe(
    `plumbline seed product --to 'postgres://me@h $(id)/shop' --table 'a'\\''; rm -rf / #' --plan`,
  );
});
