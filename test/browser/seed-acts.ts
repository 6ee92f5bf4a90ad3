import { expect } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { Wholesaler } from './wholesaler.js';

const LONG = { timeout: 60_000 };

/** Seeds the products of one brand or none into the team's store; one that there is not is refused first. */
export async function seedStore(page: Page, hub: Wholesaler): Promise<void> {
  await page.getByRole('link', { name: 'New seed' }).click();
  await page.getByLabel('Entity').selectOption('product');
  await page.getByLabel('Only these fields, by comma').fill('brand, name');
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByLabel('Store', { exact: true }).fill('nobody');
  await page.getByLabel('Table', { exact: true }).fill('articles');
  await page.getByRole('button', { name: 'Dry run' }).click();
  await page.getByText('The hub file names no store nobody').waitFor();
  await page.getByLabel('Store', { exact: true }).fill('team');
  await page.getByRole('button', { name: 'Dry run' }).click();
  await page.getByText('Nothing was written yet').waitFor(LONG);
  await page.getByText('nothing: it will be made').waitFor();
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByText('plumbline seed product --to "$TEAM_URL" --table articles').first().waitFor();
  await page.getByRole('button', { name: 'Start the seed' }).click();
  await page.waitForURL('**/seeds/seed-*');
  await page.getByText('done', { exact: true }).waitFor(LONG);
  await page.getByText('100 %').waitFor();
  await page.getByText('right', { exact: true }).waitFor();
  expect(await hub.sql('SELECT FROM articles_live WHERE brand IS NOT NULL')).toBe(
    await hub.sql('SELECT FROM shop.product WHERE brand IS NOT NULL'),
  );
  await page.getByRole('link', { name: 'Seeds', exact: true }).click();
  await page.getByRole('cell', { name: 'store team, table articles' }).waitFor();
}

/** Seeds all products into another table from the systems themselves; what scanning them costs is shown first. */
export async function seedFromSources(page: Page, hub: Wholesaler): Promise<void> {
  await page.getByRole('link', { name: 'New seed' }).click();
  await page.getByLabel('Entity').selectOption('product');
  await page.getByLabel('The systems themselves').check();
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByLabel('Store', { exact: true }).fill('team');
  await page.getByLabel('Table', { exact: true }).fill('sourced');
  await page.getByRole('button', { name: 'Dry run' }).click();
  const costs = page.getByRole('region', { name: 'Scans of the sources' });
  await costs.getByRole('rowheader', { name: 'erp' }).waitFor(LONG);
  await costs.getByRole('rowheader', { name: 'pim' }).waitFor();
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByText('--table sourced --from sources --plan').waitFor();
  await page.getByRole('button', { name: 'Start the seed' }).click();
  await page.waitForURL('**/seeds/seed-*');
  await page.getByText('done', { exact: true }).waitFor(LONG);
  await page.getByText('everything, from the sources').waitFor();
  await page.getByText(/erp \S+ records?; pim \S+ records?.* In the topic/).waitFor();
  expect(await hub.sql('SELECT FROM sourced_live WHERE weight IS NOT NULL')).toBe(
    await hub.sql('SELECT FROM erp.article WHERE weight_g IS NOT NULL'),
  );
}
