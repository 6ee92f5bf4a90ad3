import { expect } from '@jest/globals';
import type { Page } from 'playwright-core';
import { Doors } from './doors.js';
import type { Wholesaler } from './wholesaler.js';

const SELECTED =
  "(({ value, selectionStart, selectionEnd }) => value.slice(selectionStart, selectionEnd))(document.querySelector('.copy input'))";

/** Makes a key, copies it, opens the API with it, and revokes it; once hidden, it is nowhere on the page. */
export async function useKey(page: Page, hub: Wholesaler): Promise<void> {
  await page.getByRole('button', { name: 'New key' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Make the key' }).click();
  await dialog.getByLabel('What it is for').fill('reports <b>');
  await dialog.getByRole('checkbox', { name: 'viewer' }).uncheck();
  await dialog.getByRole('button', { name: 'Make the key' }).click();
  await dialog.getByText('HUB_REQUEST_INVALID').waitFor(); // a key without a role is none
  await dialog.getByRole('checkbox', { name: 'viewer' }).check();
  await dialog.getByRole('button', { name: 'Make the key' }).click();
  const key = await page.getByLabel('The key').inputValue();
  expect(key).toMatch(/^plk_[\w-]{8}_[\w-]{43}$/);
  await page.getByRole('button', { name: 'Copy', exact: true }).click();
  await page.getByText(/^(Copied|Selected)/).waitFor();
  expect(await page.evaluate(SELECTED)).toBe(key);
  const doors = new Doors(hub.pageUrl);
  const headers = { authorization: `Bearer ${key}` };
  expect(await doors.status('/api/topics', headers)).toBe(200);
  expect(await doors.status('/api/keys', headers)).toBe(403);
  await page.getByRole('button', { name: 'I have kept it' }).click();
  const row = page.getByRole('row').filter({ hasText: 'reports <b>' });
  await row.getByText('web:admin').waitFor();
  expect(await page.content()).not.toContain(key.slice(-43));
  await row.getByRole('button', { name: 'Revoke' }).click();
  expect(await doors.status('/api/topics', headers)).toBe(200); // nothing before the confirmation
  await dialog.getByRole('button', { name: 'Revoke' }).click();
  await row.getByText(/^revoked/).waitFor();
  expect(await doors.status('/api/topics', headers)).toBe(401);
}
