import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launchBrowser, WatchedPage } from './browser.js';
import { DRAWN } from './charts.js';
import { DemoRun, linksIn, type PrintedLink } from './demo-run.js';

const ROOT = join(import.meta.dirname, '../..');
const FOLDER = join(ROOT, '.plumbline/test/demo-page');
const RESULTS = join(FOLDER, 'scenes.json');
/** Where the pictures of the README go when they are made anew (`npm run pictures`). */
const PICTURES = process.env['PICTURES'] === undefined ? FOLDER : join(ROOT, process.env['PICTURES']);
const LONG_MS = 900_000;

let browser: Browser;
let demo: DemoRun;
beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true });
  mkdirSync(FOLDER, { recursive: true });
  browser = await launchBrowser();
  demo = new DemoRun(['--json', RESULTS, '--products', '2000', '--folder', FOLDER]);
});
afterAll(async () => {
  await browser?.close();
  await demo?.interrupt();
}, LONG_MS);

/** Opens a link and finds what the demo says is there. */
async function follow({ page }: WatchedPage, { url, says }: PrintedLink): Promise<void> {
  await page.goto(url);
  for (const text of says)
    try {
      await page.locator('main').getByText(text).filter({ visible: true }).first().waitFor({ timeout: 60_000 });
    } catch (cause) {
      const shown = await page.locator('main').innerText();
      throw new Error(`${url} does not say “${text}”:\n${shown.slice(0, 3_000)}`, { cause });
    }
}

/** Approves on the page what is held by the round; the prices are left to the demo. */
async function approveRepairs({ page }: WatchedPage, links: readonly PrintedLink[]): Promise<void> {
  await page.goto(links.find(({ url }) => url.includes('/holds/round/'))?.url ?? '');
  await page.getByRole('button', { name: 'Approve' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(/Why/).fill('the shop was damaged, as the samples show');
  await dialog.getByRole('button', { name: 'Approve' }).click();
  await page.getByText(/approved by web:admin/).waitFor();
}

async function shoot({ page }: WatchedPage, name: string): Promise<void> {
  await page.setViewportSize({ width: 1280, height: 1080 });
  await page.screenshot({ path: join(PICTURES, `${name}.png`) });
}

interface SceneResult {
  readonly name: string;
  readonly passed: boolean;
  readonly links: readonly { readonly url: string; readonly says: readonly string[] }[];
}

/** Signs in at the address that was printed before the first scene. */
async function openPage(printed: string): Promise<WatchedPage> {
  const before = printed.slice(0, Math.max(0, printed.indexOf('━━ Scene 1')));
  const [, address, password] = /The page: (http\S+) {3}sign in with admin, (\S+)\n/.exec(before) ?? [];
  if (!address || !password) throw new Error(`The demo printed no address before its first scene:\n${printed}`);
  const watched = await WatchedPage.open(browser, address);
  await watched.goto('/');
  await watched.signIn(password);
  return watched;
}

/** Follows what was printed since the demo waited last; decides what is held, and takes the pictures. */
async function followAll(watched: WatchedPage, text: string): Promise<PrintedLink[]> {
  const links = linksIn(text);
  for (const link of links) await follow(watched, link);
  if (links.some(({ url }) => url.includes('/holds/'))) {
    await watched.goto('/');
    const chart = watched.page.getByRole('figure', { name: 'Open drift', exact: true });
    await chart.locator(DRAWN).first().waitFor({ state: 'attached', timeout: 120_000 });
    await shoot(watched, 'today');
    await approveRepairs(watched, links);
  }
  if (text.includes('━━ Scene 6')) {
    await watched.page.goto(links[0]?.url ?? '');
    await watched.page.getByText('it owns this field').first().waitFor();
    await shoot(watched, 'record');
  }
  return links;
}

/** From the first scene to the end of the demo. */
async function followDemo(): Promise<PrintedLink[]> {
  const first = (await demo.nextStop()) ?? demo.output;
  const watched = await openPage(first);
  const followed: PrintedLink[] = [];
  for (let text: string | null = first; text !== null; text = await demo.nextStop()) {
    followed.push(...(await followAll(watched, text)));
    demo.goOn();
  }
  expect(watched.problems).toEqual([]);
  return followed;
}

const TITLE = 'each scene of the demo can be followed on the page, whose address is printed before the first';
const NAMES = ['price-change', 'ownership', 'drift', 'bad-day', 'seed', 'explain'];

test(TITLE, () => followDemo().then(compareWithResults), LONG_MS);

/** Every scene passed and had links, and those that were followed are all. */
async function compareWithResults(followed: readonly PrintedLink[]): Promise<void> {
  expect([await demo.end(), demo.output.match(/✗.*/g)]).toEqual([0, null]);
  const { scenes } = JSON.parse(readFileSync(RESULTS, 'utf8')) as { readonly scenes: readonly SceneResult[] };
  const found = scenes.map(({ name, passed, links }) => [name, passed, links.length > 0]);
  expect(found).toEqual(NAMES.map((name) => [name, true, true]));
  expect(followed).toEqual(scenes.flatMap(({ links }) => links.map(({ url, says }) => ({ url, says }))));
  process.stdout.write(`the demo on the page: ${followed.length} links of ${scenes.length} scenes followed\n`);
}
