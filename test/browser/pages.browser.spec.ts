import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launchBrowser, WatchedPage } from './browser.js';
import { readCharts } from './charts.js';
import { walkPages } from './walk.js';
import { Wholesaler } from './wholesaler.js';

describe('every page', () => {
  let browser: Browser;
  let hub: Wholesaler;
  beforeAll(async () => {
    browser = await launchBrowser();
    hub = await Wholesaler.start();
  });
  afterAll(async () => {
    await browser?.close();
    await hub?.drop();
  });

  test.each(['wide', 'narrow'] as const)(
    'shows its data at the %s size, without barrier, overflow or refused script',
    async (size) => {
      const watched = await WatchedPage.open(browser, hub.pageUrl, size);
      await watched.goto('/');
      expect(await watched.findBarriers()).toEqual([]);
      await watched.shoot(`login-${size}`);
      await watched.signIn(hub.password);
      await walkPages(watched, hub, size);
      await readCharts(watched, size);
      expect(watched.problems).toEqual([]);
      await watched.close();
    },
  );
});
