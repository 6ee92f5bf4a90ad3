import { expect } from '@jest/globals';
import type { Page } from 'playwright-core';
import { eventually } from '#testing';
import { ASKED_PRICE, type Wholesaler } from './wholesaler.js';

const PATIENCE = { timeoutMs: 60_000, intervalMs: 200 };
const LONG = { timeout: 60_000 };

/** Rejects what is held, with a reason; the shop never sees it, and the act is listed. */
export async function rejectHold(page: Page, hub: Wholesaler): Promise<void> {
  await page.getByRole('link', { name: 'Review and decide' }).click();
  await page.getByRole('button', { name: 'Reject' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Reject' }).click();
  expect(await hub.openHolds()).toHaveLength(1); // no reason, no decision
  await dialog.getByLabel(/Why/).fill('a broken file <b>');
  await dialog.getByRole('button', { name: 'Reject' }).click();
  await page.getByText(/rejected by web:admin/).waitFor();
  expect(await hub.openHolds()).toEqual([]);
  expect(await hub.sql('SELECT FROM shop.price WHERE amount = 0')).toBe(0);
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('cell', { name: 'a broken file <b>' }).waitFor();
}

/** Starts a round from a system's page after its dry run, and sees it end. */
export async function startRound(page: Page, hub: Wholesaler): Promise<void> {
  await hub.plantDrift();
  await page.getByRole('button', { name: 'Start a round' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Only in the hub').waitFor();
  await dialog.getByLabel('Entity', { exact: true }).selectOption('product');
  await dialog.getByRole('button', { name: 'Start a round' }).click();
  await page.waitForURL('**/drift/*');
  const fixed = page.getByRole('cell', { name: 'fixed', exact: true });
  await fixed.nth(9).waitFor(LONG); // the page left behind lists a verified round too
  await page.getByText('verified').waitFor();
  expect(await fixed.count()).toBe(10);
  expect(await hub.sql("SELECT FROM shop.product WHERE title_en = 'edited by hand'")).toBe(0);
}

/** Takes the last change of a price back: a dry run first, then with a reason. */
export async function revertPrice(page: Page, hub: Wholesaler): Promise<void> {
  await page.getByLabel('Entity', { exact: true }).selectOption('price');
  await page.getByLabel('Last change of one record').fill(ASKED_PRICE);
  await page.getByRole('button', { name: 'Dry run', exact: true }).first().click();
  await page.getByText('Nothing was changed yet').waitFor(LONG);
  await page.getByText('9.90 →').waitFor();
  expect(await hub.sql("SELECT FROM erp.price WHERE article_no = 'A-10007' AND amount = 9.9")).toBe(1);
  await page.getByRole('button', { name: 'Take back …' }).click();
  await page.getByLabel(/Why/).fill('typed wrong');
  await page.getByRole('button', { name: 'Take back', exact: true }).click();
  await page.getByText(/Done by web:admin: typed wrong/).waitFor(LONG);
  await eventually(async () => {
    expect(await hub.sql("SELECT FROM shop.price WHERE sku = 'A-10007' AND amount = 9.2")).toBe(1);
  }, PATIENCE);
}

/** What the keyboard reaches: past the navigation, into the search, in and out of a dialog. */
export async function useKeyboard(page: Page): Promise<void> {
  await page.keyboard.press('Tab');
  const focused = (): Promise<string> =>
    page.evaluate('document.activeElement.textContent || document.activeElement.type');
  expect(await focused()).toBe('Skip to the page');
  await page.keyboard.press('/');
  expect(await focused()).toBe('search');
  await page.keyboard.type('A-10007');
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'A-10007', exact: true }).first().click();
  await page.getByRole('heading', { name: 'A-10007' }).waitFor();
  await page.getByRole('tab', { name: 'Values and why' }).focus();
  await page.keyboard.press('ArrowRight');
  await page.getByRole('tab', { name: 'In each system', selected: true }).waitFor();
  await page.getByRole('link', { name: 'Drift' }).click();
  const start = page.getByRole('button', { name: 'Start a round' });
  await start.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  expect(await focused()).toBe('Start a round');
}
