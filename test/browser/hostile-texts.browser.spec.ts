import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { topicNames } from '#contracts';
import { silentLogger, type SystemId } from '#kernel';
import { KafkaEventPublisher } from '#messaging-kafka';
import { encodeHeaders } from '#outbox';
import { serverAddresses } from '../harness/servers.js';
import { launchBrowser, WatchedPage } from './browser.js';
import { Wholesaler } from './wholesaler.js';

const MARK = 'data-planted';
/** What runs, or loads something, where a text becomes markup or an address. Each one would show by an alert, a refusal of the policy, or its mark. */
const HOSTILE = [
  ...[
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '<svg onload=alert(1)>',
    '"><img src=x onerror=alert(1)>',
  ],
  ...["'><script>alert(1)</script>", '</script><script>alert(1)</script>', '</title><script>alert(1)</script>'],
  ...['<iframe src="javascript:alert(1)"></iframe>', '<a href="javascript:alert(1)">x</a>', 'javascript:alert(1)'],
  ...['<body onload=alert(1)>', '<input autofocus onfocus=alert(1)>', '<details open ontoggle=alert(1)>'],
  ...[
    '<video><source onerror=alert(1)></video>',
    '<object data="https://evil.test/x"></object>',
    '<base href="//evil.test/">',
  ],
  ...['<link rel=stylesheet href="//evil.test/x.css">', '<meta http-equiv=refresh content="0;url=//evil.test/">'],
  ...['<style>@import "//evil.test/x.css"</style>', '<form action="//evil.test/"><button autofocus>x</button></form>'],
  ...['<math><mtext></p><img src=x onerror=alert(1)>', '{{constructor.constructor("alert(1)")()}}', '${alert(1)}'],
  ...[
    '&lt;img src=x onerror=alert(1)&gt;',
    '<!--><img src=x onerror=alert(1)>',
    '<noscript><p title="</noscript><img src=x>">',
  ],
  ...[
    `<b ${MARK}>bold</b>`,
    `<p ${MARK} style="position:fixed;inset:0">over the page</p>`,
    '\u202e<script>alert(1)</script>',
  ],
  `<template shadowrootmode=open><i ${MARK}></i></template>`,
];

describe('texts of others stay texts', () => {
  let browser: Browser;
  let hub: Wholesaler;
  let topic: string;
  beforeAll(async () => {
    browser = await launchBrowser();
    hub = await Wholesaler.start();
    topic = topicNames(hub.hub.file.hub.topicPrefix).change('erp' as SystemId, 'product');
    const brokers = serverAddresses().kafkaBrokers;
    const publisher = new KafkaEventPublisher({ brokers, clientId: 'hostile', logger: silentLogger });
    const rows = HOSTILE.map((text, index) => ({
      ...{ topics: [topic], key: text, value: Buffer.from(text), sequence: BigInt(index) },
      headers: encodeHeaders({ 'x-note': text }),
    }));
    await publisher.publish(rows);
    await publisher.close();
  });
  afterAll(async () => {
    await browser?.close();
    await hub?.drop();
  });

  test(`${HOSTILE.length} of them as key, header and value of messages, and in addresses, run nothing and load nothing`, async () => {
    const watched = await WatchedPage.open(browser, hub.pageUrl);
    await watched.goto(`/?sign-in=${encodeURIComponent(HOSTILE[1] ?? '')}`);
    await watched.page.getByText('Signing in at the provider did not work').waitFor();
    await watched.signIn(hub.password);
    await watched.goto(`/topics/${topic}?limit=200`);
    await watched.page
      .getByText(HOSTILE[0] ?? '')
      .first()
      .waitFor();
    for (const message of await watched.page.locator('.message summary').all()) await message.click();
    await watched.page
      .getByText(HOSTILE[1] ?? '')
      .nth(1)
      .waitFor(); // the key, and the header of an opened one
    expect(await planted(watched)).toBe(0);
    for (const text of HOSTILE)
      for (const path of ['/search?q=', '/records/product/', '/systems/', '/schemas/', '/holds/live/', '/no/'])
        await openAt(watched, `${path}${encodeURIComponent(text)}`);
    expect(watched.problems).toEqual([]);
    await watched.close();
  });
});

/** Opens a page by its address within the app, which is as it is for somebody who follows a link there. */
async function openAt(watched: WatchedPage, path: string): Promise<void> {
  await watched.page.evaluate(
    `history.pushState({}, '', ${JSON.stringify(path)}); dispatchEvent(new PopStateEvent('popstate'))`,
  );
  await watched.page.locator('main h1, main .notice').first().waitFor();
  expect([path, await planted(watched)]).toEqual([path, 0]);
}

/** Elements that a text became. */
function planted({ page }: WatchedPage): Promise<number> {
  return page.evaluate(
    `document.querySelectorAll('[${MARK}], main script, main img, main iframe, main object').length`,
  );
}
