import { readFileSync } from 'node:fs';
import { expect } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { RecordsAnswer } from '#contracts';
import { eventually } from '#testing';
import { ASKED_PRICE, type Wholesaler } from './wholesaler.js';

const PATIENCE = { timeoutMs: 60_000, intervalMs: 200 };

/** Finds an event by its id from the search box, goes to the timeline of its record, and from there to its message. */
export async function findEvent(page: Page, hub: Wholesaler): Promise<void> {
  const id = await newestVersionOf(hub, ASKED_PRICE);
  await page.keyboard.press('/');
  await page.keyboard.type(id);
  await page.keyboard.press('Enter');
  const found = page.getByRole('region', { name: /with this event id/ });
  await found.getByRole('link', { name: ASKED_PRICE }).first().click();
  await page.getByRole('tab', { name: 'Timeline', selected: true }).waitFor();
  const steps = page.locator('.timeline > li');
  const written = steps.filter({ hasText: 'update applied' }).filter({ hasText: 'answered after' });
  await written.first().waitFor();
  expect(await written.count()).toBeGreaterThanOrEqual(3); // each of the day's prices was written
  expect(await steps.filter({ hasText: 'create applied' }).count()).toBe(1);
  const version = steps.filter({ hasText: 'new version' }).filter({ hasText: id });
  await version.getByText('9.20 →').waitFor();
  await version.getByRole('link', { name: /^message/ }).click();
  await page.locator('.message summary').first().click();
  await page.getByText(id, { exact: true }).first().waitFor();
}

/** Filters the audit, opens an entry, verifies the chains, and exports what the filter lets through. */
export async function readAudit(page: Page): Promise<void> {
  await page.getByLabel('Request contains').fill('/mode');
  await page.getByRole('button', { name: 'Filter', exact: true }).click();
  await page.waitForURL('**/audit?*target=*');
  const entries = page.getByRole('region', { name: 'Audit', exact: true }).getByRole('row');
  await expectAll(entries.filter({ hasText: 'POST' }), 'POST /mode');
  await page.getByRole('button', { name: 'Verify the chains' }).click();
  await page.getByText('whole', { exact: true }).first().waitFor();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Export as CSV' }).click(),
  ]);
  const [head = '', ...lines] = readFileSync(await download.path(), 'utf8')
    .trim()
    .split('\r\n');
  expect(head).toMatch(/^at,service,seq,actor/);
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) expect(line).toContain('/mode');
  await page
    .getByRole('link', { name: /^connector-shop \d+$/ })
    .first()
    .click();
  await page.getByText('What was kept').waitFor();
  await page.getByRole('region', { name: 'Of the same request' }).last().getByText('asked').first().waitFor();
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('cell', { name: 'audit.exported' }).waitFor();
}

/** Checks three schemas before registering: one that is none, one that breaks readers, one that could follow. */
export async function checkSchemas(page: Page): Promise<void> {
  const text = page.getByLabel(/^Schema, as JSON/);
  const newest = await text.inputValue();
  const check = async (schema: string, answer: RegExp): Promise<void> => {
    await text.fill(schema);
    await page.getByRole('button', { name: 'Check', exact: true }).click();
    await page.getByText(answer).first().waitFor();
  };
  await check(newest, /It is version \d+ already\. The registry would take it/);
  await check('{ "type": "record" }', /It can’t be read/);
  const adding = (field: object): string => {
    const schema = JSON.parse(newest) as { readonly fields: readonly object[] };
    return JSON.stringify({ ...schema, fields: [...schema.fields, field] });
  };
  await check(adding({ name: 'tax', type: 'int' }), /The registry would refuse it/);
  await page.getByText('field added without a default').first().waitFor();
  await page
    .getByText(/give it a default/)
    .first()
    .waitFor();
  await check(
    adding({ name: 'tax', type: ['null', 'int'], default: null }),
    /Every version can live with it\. The registry would take it/,
  );
}

/** Event id of the newest version of a price, once it is indexed. */
function newestVersionOf(hub: Wholesaler, key: string): Promise<string> {
  const query = new URLSearchParams({ key, fresh: 'true' });
  return eventually(async () => {
    const { records, lag } = await hub.hub.processes.call<RecordsAnswer>('indexer', `/records?${query.toString()}`);
    const id = records.find(({ topic }) => topic.endsWith('golden.price.history.v1'))?.eventId;
    if (lag > 0 || !id) throw new Error(`${lag} records are not indexed yet`);
    return id;
  }, PATIENCE);
}

async function expectAll(rows: ReturnType<Page['locator']>, text: string): Promise<void> {
  await rows.first().waitFor();
  for (const row of await rows.allTextContents()) expect(row).toContain(text);
}
