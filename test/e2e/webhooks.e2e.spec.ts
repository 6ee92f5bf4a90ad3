import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WebhookStatus } from '#contracts';
import { schemaName } from '#hub-file';
import { eventually } from '#testing';
import { SYSTEMS } from '../faults/stores.js';
import { HubUnderTest, PATIENCE } from './hub-under-test.js';
import { WebhookReceiver } from './webhook-receiver.js';

const OLD = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const NEW = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
const RECEIVERS = ['good', 'flaky', 'gone', 'slow'] as const;
const ARTICLES = ['A-1', 'A-2', 'A-3', 'A-4'] as const;

const webhookOf = (name: string, port: number): string => `
  ${name}:
    url: http://127.0.0.1:${port}/${name}
    secrets: ['\${NEW_HOOK_SECRET:-${NEW}}', '\${OLD_HOOK_SECRET:-${OLD}}']
    entities: [product]
    timeout: 1s
    allowedHosts: ['127.0.0.1:${port}']`;

describe('signed webhooks', () => {
  // It knows only the old secret: the new one is being introduced.
  const receiver = new WebhookReceiver(OLD);
  let hub: HubUnderTest;

  const edit = (maker: string, ...articles: readonly string[]): Promise<unknown> =>
    hub.sql(`UPDATE erp.article SET maker = $1 WHERE article_no = ANY ($2)`, [maker, articles]);
  const statusOf = async (name: string): Promise<WebhookStatus | undefined> => {
    const all = await hub.test.hub.processes.call<WebhookStatus[]>('notifier', '/webhooks');
    return all.find((one) => one.name === name);
  };
  const untilTaken = (name: string, key: string, versions: readonly number[]): Promise<void> =>
    eventually(async () => expect(receiver.versionsOf(name, key)).toEqual(versions), PATIENCE);

  beforeAll(async () => {
    const port = await receiver.start();
    const webhooks = `webhooks:${RECEIVERS.map((name) => webhookOf(name, port)).join('')}\n`;
    hub = await HubUnderTest.start({ processes: 'each', systems: `${SYSTEMS}${webhooks}` });
    await hub.database.query(`SET search_path = "${schemaName(hub.test.hub.file, 'notifier')}"`);
    await hub.test.hub.processes.start('notifier');
    // A-1 fails once, A-2 is left without an answer once, and one receiver takes nothing.
    receiver.answer('flaky', ({ key }) =>
      key === 'A-1' && receiver.of('flaky').every((e) => e.key !== key) ? 500 : 200,
    );
    receiver.answer('slow', ({ key }) =>
      key === 'A-2' && receiver.of('slow').every((e) => e.key !== key) ? null : 200,
    );
    receiver.answer('gone', () => 410);
    await hub.addArticles(ARTICLES.length);
  });
  afterAll(async () => {
    await hub.drop();
    await receiver.stop();
  });

  test('every version reaches every receiver, signed; a failure or silence holds up its own key alone', async () => {
    for (const key of ARTICLES) await untilTaken('good', key, [1]);
    await untilTaken('flaky', 'A-4', [1]);
    await untilTaken('slow', 'A-4', [1]);
    expect(receiver.versionsOf('flaky', 'A-1')).toEqual([]);
    await edit('second', ...ARTICLES);
    for (const key of ARTICLES) await untilTaken('good', key, [1, 2]);
    for (const name of ['flaky', 'slow']) for (const key of ARTICLES) await untilTaken(name, key, [1, 2]);
    const [failed, again] = receiver.of('flaky').filter(({ key }) => key === 'A-1');
    expect(again?.id).toBe(failed?.id);
    expect(receiver.refused).toEqual([]);
  });

  test('410 switches a receiver off; what follows waits, and is sent once somebody switches it on', async () => {
    await eventually(async () => expect((await statusOf('gone'))?.offReason).toContain('410'), PATIENCE);
    await eventually(async () => expect((await statusOf('gone'))?.pending).toBe(8), PATIENCE);
    expect(receiver.of('gone').length).toBeLessThanOrEqual(ARTICLES.length);
    receiver.answer('gone', () => 200);
    await hub.test.hub.processes.call('notifier', '/webhooks/gone/resend', {});
    for (const key of ARTICLES) await untilTaken('gone', key, [1, 2]);
    expect(await statusOf('gone')).toMatchObject({ offReason: null, pending: 0, parked: 0 });
  });

  test('killed in the middle of an attempt, it sends the same event again, and loses none that came meanwhile', async () => {
    const { processes } = hub.test.hub;
    receiver.answer('good', () => null);
    await edit('third', 'A-1', 'A-2');
    await eventually(
      async () => expect(receiver.of('good').filter(({ status }) => status === null)).toHaveLength(2),
      PATIENCE,
    );
    await processes.stop('notifier', 'SIGKILL');
    await edit('fourth', 'A-1', 'A-3');
    await hub.untilRead('erp');
    receiver.answer('good', () => 200);
    await processes.start('notifier');
    await untilTaken('good', 'A-1', [1, 2, 3, 4]);
    await untilTaken('good', 'A-2', [1, 2, 3]);
    await untilTaken('good', 'A-3', [1, 2, 3]);
    const cut = receiver.of('good').filter(({ status }) => status === null);
    const taken = new Set(receiver.of('good').flatMap(({ id, status }) => (status === 200 ? [id] : [])));
    expect(cut.every(({ id }) => taken.has(id))).toBe(true);
  });

  test('after the last attempt an event is parked: its key goes on, status says so, and it can be sent again', async () => {
    receiver.answer('flaky', ({ version, key }) => (key === 'A-4' && version === 3 ? 500 : 200));
    await edit('third', 'A-4');
    await eventually(async () => expect((await statusOf('flaky'))?.problem).toContain('500'), PATIENCE);
    await hub.database.query(
      `UPDATE webhook_delivery SET attempts = 9, due_at = clock_timestamp() WHERE endpoint = 'flaky'`,
    );
    await eventually(async () => expect(await statusOf('flaky')).toMatchObject({ parked: 1, pending: 0 }), PATIENCE);
    await edit('fourth', 'A-4');
    await untilTaken('flaky', 'A-4', [1, 2, 4]);
    receiver.answer('flaky', () => 200);
    await hub.test.hub.processes.call('notifier', '/webhooks/flaky/resend', {});
    await untilTaken('flaky', 'A-4', [1, 2, 4, 3]);
  });

  test('no secret is in its log or in its answers', async () => {
    const log = readFileSync(join(hub.folder, 'notifier.log'), 'utf8');
    const answers = JSON.stringify(await Promise.all(RECEIVERS.map(statusOf)));
    for (const secret of [OLD, NEW].map((text) => text.slice('whsec_'.length)))
      expect([log.includes(secret), answers.includes(secret)]).toEqual([false, false]);
  });
});
