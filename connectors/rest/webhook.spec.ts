import { describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import type { IncomingWebhook } from '#connector-sdk';
import { readWebhook, webhookSchema } from './webhook.js';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const NOW_MS = Date.parse('2026-11-25T12:00:00Z');
const OPTIONS = webhookSchema.parse({
  secrets: [SECRET],
  events: [
    { types: ['product.updated', 'product.deleted'], entity: 'product', ids: 'data.id' },
    { types: ['stock.changed'], entity: 'stock-level', keys: 'data.skus' },
  ],
});

/** As a sender signs it with the library of Standard Webhooks, which is not ours. */
function signed(body: object | string, secret = SECRET, atMs = NOW_MS): IncomingWebhook {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const signature = new Webhook(secret).sign('msg_1', new Date(atMs), text);
  const headers = {
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(Math.floor(atMs / 1_000)),
    'webhook-signature': signature,
  };
  return { headers, body: Buffer.from(text) };
}

describe('a webhook of a system', () => {
  test('names the records to read, by id or by key, as declared for its type', () => {
    expect(readWebhook(OPTIONS, signed({ type: 'product.updated', data: { id: 42 } }), NOW_MS)).toEqual([
      { entity: 'product', selector: { by: 'externalId', ids: ['42'] } },
    ]);
    expect(readWebhook(OPTIONS, signed({ type: 'stock.changed', data: { skus: ['A', 'B'] } }), NOW_MS)).toEqual([
      { entity: 'stock-level', selector: { by: 'key', keys: ['A', 'B'] } },
    ]);
  });

  test('of another type, or without the declared place, names none', () => {
    for (const body of [{ type: 'order.paid', data: { id: 1 } }, { data: { id: 1 } }, [1]])
      expect(readWebhook(OPTIONS, signed(body), NOW_MS)).toEqual([]);
    expect(readWebhook(OPTIONS, signed({ type: 'product.updated' }), NOW_MS)).toEqual([
      { entity: 'product', selector: { by: 'externalId', ids: [] } },
    ]);
  });

  test.each([
    ['a foreign secret', signed({}, `whsec_${Buffer.alloc(32, 8).toString('base64')}`), 'not-signed-by-us'],
    ['an old request', signed({}, SECRET, NOW_MS - 600_000), 'too-old'],
    ['another body than was signed', { ...signed({}), body: Buffer.from('{"type":"x"}') }, 'not-signed-by-us'],
    ['no signature', { headers: {}, body: Buffer.from('{}') }, 'headers-missing'],
    ['no JSON', signed('<html>'), 'no-json'],
  ])('is refused: %s', (_, request, reason) => {
    expect(() => readWebhook(OPTIONS, request, NOW_MS)).toThrow(
      expect.objectContaining({ code: 'HUB_WEBHOOK_REFUSED', details: { reason } }),
    );
  });

  test('a secret that is none is refused with the hub file', () => {
    expect(webhookSchema.safeParse({ ...OPTIONS, secrets: ['short'] }).success).toBe(false);
  });
});
