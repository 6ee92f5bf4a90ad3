import { expect } from '@jest/globals';
import type { TrendReport } from '#contracts';
import type { WatchedPage } from './browser.js';

const PAGES = [
  ['/', ['Records to write', 'Events waiting for Kafka', 'Open drift']],
  ['/systems/shop', ['Records to write', 'How far reading is behind', 'Open drift by class']],
  ['/drift', ['Open drift', 'Share of keys confirmed equal', 'Age of the oldest drift']],
] as const;
/** A line between two measurements; they are half a minute apart. */
export const DRAWN = 'svg path.chart-line[d*="L"]';

/** Every chart has a line of what services reported, is gone through by keyboard and as a table, and has no barrier. */
export async function readCharts(watched: WatchedPage, pictures: string): Promise<void> {
  const { page } = watched;
  for (const [path, titles] of PAGES) {
    await watched.goto(path);
    for (const title of titles) {
      const chart = page.getByRole('figure', { name: title, exact: true });
      await chart.locator(DRAWN).first().waitFor({ state: 'attached', timeout: 120_000 });
      await chart.getByText('As a table').click();
      await chart.getByRole('row').nth(2).waitFor();
    }
    expect([path, await watched.findBarriers()]).toEqual([path, []]);
    expect([path, await watched.findOverflow()]).toEqual([path, 0]);
    await watched.shoot(`charts-${path.split('/')[1] || 'today'}-${pictures}`);
  }
  await goThrough(watched);
}

/** The slider says at its first time what the API has of it, and goes on from there. */
async function goThrough({ page }: WatchedPage): Promise<void> {
  const { times, series } = await page.evaluate<TrendReport>(
    "fetch('/api/trend?hours=24').then((answer) => answer.json())",
  );
  const chart = page.getByRole('figure', { name: 'Share of keys confirmed equal', exact: true });
  const slider = chart.getByRole('slider');
  await slider.focus();
  await page.keyboard.press('Home');
  const said = await slider.getAttribute('aria-valuetext');
  const first = series.find(({ measure, of }) => measure === 'confirmedEqual' && of === 'shop')?.values[0] ?? null;
  expect(said).toContain(new Date(times[0] ?? 0).toISOString().slice(11, 19));
  expect(said).toContain(first === null ? 'shop not measured' : `shop ${first * 100} %`);
  await page.keyboard.press('ArrowRight');
  expect(await slider.getAttribute('aria-valuetext')).toContain(new Date(times[1] ?? 0).toISOString().slice(11, 19));
  await page.keyboard.press('End');
  const last = await slider.getAttribute('aria-valuetext');
  expect(last).toMatch(/shop \d+(?:\.\d+)? %/);
  await slider.scrollIntoViewIfNeeded();
  const box = await slider.boundingBox();
  await page.mouse.move((box?.x ?? 0) + 46, (box?.y ?? 0) + 60);
  expect(await slider.getAttribute('aria-valuetext')).not.toBe(last);
}
