import { afterAll, beforeAll, describe, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launchBrowser } from './browser.js';
import { lookAtPages } from './walk.js';
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
    (size) => lookAtPages(browser, hub, { size, colours: 'light' }),
  );
});
