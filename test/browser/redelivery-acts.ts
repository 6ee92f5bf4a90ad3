import type { Page } from 'playwright-core';
import { topicNames, type ExplainReport } from '#contracts';
import { eventually } from '#testing';
import { LOST_KEY, type Wholesaler } from './wholesaler.js';

const PATIENCE = { timeoutMs: 60_000, intervalMs: 200 };
const LONG = { timeout: 60_000 };

/** Hands the products to the shop's connector once more, slowly enough to be paused and resumed, to the end. */
export async function replayIntoLane(page: Page, hub: Wholesaler): Promise<void> {
  const { topicPrefix } = hub.hub.file.hub;
  await page.getByRole('link', { name: 'New replay' }).click();
  await page.getByLabel('Topic', { exact: true }).fill(topicNames(topicPrefix).golden('product'));
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByLabel('Offsets, one partition a line').fill('0');
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByLabel('Consumer group', { exact: true }).fill('nobody');
  await page.getByRole('button', { name: 'Dry run' }).click();
  await page.getByText('There is no consumer group nobody').waitFor();
  await page.getByLabel('Consumer group', { exact: true }).fill(`${topicPrefix}connector-shop`);
  await page.getByLabel('Messages a second, at most').fill('20');
  await page.getByLabel('Seconds until the full rate').fill('0');
  await page.getByRole('button', { name: 'Dry run' }).click();
  await page.getByText('Nothing was written yet').waitFor(LONG);
  await page.getByText('reads it').waitFor();
  await page.getByRole('button', { name: 'Start the replay' }).click();
  await page.waitForURL('**/replays/replay-*');
  await confirm(page, 'Pause');
  await page.getByText('paused', { exact: true }).waitFor(LONG);
  await confirm(page, 'Resume');
  await page.getByText('done', { exact: true }).waitFor(LONG);
  await page.getByText('100 %').waitFor();
  await page.getByRole('link', { name: 'Replays', exact: true }).click();
  await page.getByRole('cell', { name: 'done' }).waitFor();
}

/** Corrects the event that golden could not handle; the record is there then. */
export async function repairLetter(page: Page, hub: Wholesaler): Promise<void> {
  await page.getByRole('link', { name: /another system or entity/ }).click();
  await page.getByRole('link', { name: /^\d+$/ }).click();
  await page.getByRole('heading', { name: LOST_KEY }).waitFor();
  await page.getByRole('button', { name: 'Edit and retry …' }).click();
  const system = page.getByRole('textbox', { name: 'system', exact: true });
  await system.fill('erp');
  await page.getByRole('button', { name: 'Check the edit' }).click();
  await page.getByText('+ system: "erp"').waitFor();
  await page.getByRole('button', { name: 'Send it' }).click();
  await page.getByText('sent once more').waitFor(LONG);
  await eventually(async () => {
    const path = `/explain/product/${encodeURIComponent(LOST_KEY)}`;
    const { status } = await hub.hub.processes.call<ExplainReport>('golden', path);
    if (status !== 'live') throw new Error(`the record is ${String(status)}`);
  }, PATIENCE);
}

async function confirm(page: Page, label: string): Promise<void> {
  await page.getByRole('button', { name: label }).click();
  await page.getByRole('dialog').getByRole('button', { name: label }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
}
