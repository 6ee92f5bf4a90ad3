import { afterEach, describe, expect, test } from '@jest/globals';
import { AddressGuard, OutboundHttp } from '#outbound-http';
import fc from 'fast-check';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { retryDelayMs } from './retry-schedule.js';
import { parseWebhookSecret, type WebhookSecret } from './secret.js';
import { sendWebhook, type WebhookDelivery } from './send-webhook.js';
import { signWebhook } from './sign-webhook.js';
import { verifyWebhook } from './verify-webhook.js';

const OLD = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const NEW = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
const BODY = '{"test": 2432232314}';
const AT_MS = 1_614_265_330_000;

function secret(text: string): WebhookSecret {
  const parsed = parseWebhookSecret(text);
  if (!parsed) throw new Error('no secret');
  return parsed;
}

describe('signatures', () => {
  test('the example of the specification is signed as it says', () => {
    expect(signWebhook({ id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', body: BODY, sentAtMs: AT_MS }, [secret(OLD)])).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  test('what we sign the reference library accepts, and what it signs we accept', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.uint8Array({ minLength: 24, maxLength: 64 }), (text, bytes) => {
        const encoded = `whsec_${Buffer.from(bytes).toString('base64')}`;
        const [theirs, ours, nowMs] = [new Webhook(encoded), secret(encoded), Date.now()];
        const body = JSON.stringify({ text });
        const headers = signWebhook({ id: 'msg_1', body, sentAtMs: nowMs }, [ours]);
        expect(theirs.verify(body, { ...headers })).toEqual({ text });
        const signature = theirs.sign('msg_1', new Date(nowMs), body);
        const request = { headers: { ...headers, 'webhook-signature': signature }, body: Buffer.from(body) };
        expect(verifyWebhook(request, [ours], nowMs)).toMatchObject({ kind: 'genuine', id: 'msg_1' });
      }),
      { numRuns: 100 },
    );
  });

  test('while a secret is changed, a receiver who knows either accepts, and one who knows neither does not', () => {
    const headers = signWebhook({ id: 'm', body: BODY, sentAtMs: AT_MS }, [secret(NEW), secret(OLD)]);
    const stranger = secret(Buffer.alloc(32, 7).toString('base64'));
    for (const known of [[secret(OLD)], [secret(NEW)], [stranger, secret(NEW)]])
      expect(verifyWebhook({ headers, body: BODY }, known, AT_MS).kind).toBe('genuine');
    for (const known of [[stranger], []])
      expect(verifyWebhook({ headers, body: BODY }, known, AT_MS)).toMatchObject({ reason: 'not-signed-by-us' });
  });

  test('another id, time, body or signature is refused', () => {
    const headers = signWebhook({ id: 'm', body: BODY, sentAtMs: AT_MS }, [secret(OLD)]);
    const judge = (change: Readonly<Record<string, string>>, body = BODY): unknown =>
      verifyWebhook({ headers: { ...headers, ...change }, body }, [secret(OLD)], AT_MS);
    const refused = { kind: 'refused', reason: 'not-signed-by-us' };
    expect(judge({ 'webhook-id': 'other' })).toEqual(refused);
    expect(judge({ 'webhook-timestamp': '1614265331' })).toEqual(refused);
    expect(judge({}, '{"test":2432232314}')).toEqual(refused);
    for (const signature of ['v1,', 'v1,AAAA', headers['webhook-signature'].replace('v1,', 'v2,'), 'v1a,x', 'nonsense'])
      expect(judge({ 'webhook-signature': signature })).toEqual(refused);
    const ninth = `${'v1,AAAA '.repeat(8)}${headers['webhook-signature']}`;
    expect(judge({ 'webhook-signature': ninth })).toEqual(refused);
  });

  test('what is older or newer than five minutes is refused, and so is a request without the headers', () => {
    const request = { headers: signWebhook({ id: 'm', body: BODY, sentAtMs: AT_MS }, [secret(OLD)]), body: BODY };
    expect(verifyWebhook(request, [secret(OLD)], AT_MS + 300_000).kind).toBe('genuine');
    expect(verifyWebhook(request, [secret(OLD)], AT_MS + 301_000)).toMatchObject({ reason: 'too-old' });
    expect(verifyWebhook(request, [secret(OLD)], AT_MS - 301_000)).toMatchObject({ reason: 'in-the-future' });
    for (const missing of Object.keys(request.headers))
      expect(
        verifyWebhook({ ...request, headers: { ...request.headers, [missing]: undefined } }, [secret(OLD)], AT_MS),
      ).toMatchObject({ reason: 'headers-missing' });
    const odd = { ...request.headers, 'webhook-timestamp': '1e9' };
    expect(verifyWebhook({ ...request, headers: odd }, [secret(OLD)], AT_MS)).toMatchObject({
      reason: 'headers-missing',
    });
  });

  test.each([
    '',
    'whsec_',
    'whsec_short',
    'whsec_!!!!',
    Buffer.alloc(23).toString('base64'),
    Buffer.alloc(65).toString('base64'),
  ])('%p is no secret', (text) => {
    expect(parseWebhookSecret(text)).toBeNull();
  });
});

describe('delivery', () => {
  const opened: { server: Server; http: OutboundHttp }[] = [];

  afterEach(async () => {
    for (const { server, http } of opened.splice(0)) {
      await http.close();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    }
  });

  async function deliver(answer: RequestListener, options: { allowed?: boolean } = {}): Promise<WebhookDelivery> {
    const server = createServer(answer);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    const guard = new AddressGuard(options.allowed === false ? [] : [`127.0.0.1:${port}`]);
    const http = new OutboundHttp(guard, { maxResponseBytes: 1_000, connectTimeoutMs: 500, connections: 2 });
    opened.push({ server, http });
    const target = {
      url: new URL(`http://127.0.0.1:${port}/hook`),
      secrets: [secret(NEW), secret(OLD)] as const,
      timeoutMs: 300,
    };
    const event = {
      id: 'evt.1',
      type: 'product.changed.v1',
      timestamp: '2026-01-01T00:00:00.000000Z',
      data: { sku: 'Ä' },
    };
    return sendWebhook(http, { ...target, secrets: [secret(NEW), secret(OLD)] }, event, Date.now());
  }

  test('an event arrives signed, and its receiver can verify it', async () => {
    let verdict: unknown;
    let received = '';
    const delivery = await deliver((request, response) => {
      request.on('data', (chunk: Buffer) => (received += chunk.toString('utf8')));
      request.on('end', () => {
        verdict = new Webhook(OLD).verify(received, request.headers as Record<string, string>);
        response.writeHead(204).end();
      });
    });
    expect(delivery).toEqual({ kind: 'delivered', status: 204 });
    expect(verdict).toEqual({
      type: 'product.changed.v1',
      timestamp: '2026-01-01T00:00:00.000000Z',
      data: { sku: 'Ä' },
    });
  });

  test.each([301, 400, 401, 404, 429, 500, 503])(
    '%i is tried again, after as long as the receiver asks',
    async (status) => {
      const delivery = await deliver((_, response) =>
        response.writeHead(status, { 'retry-after': '7', location: 'http://10.0.0.1/' }).end(),
      );
      expect(delivery).toEqual({ kind: 'failed', reason: `The receiver answers ${status}.`, retryAfterMs: 7_000 });
    },
  );

  test('410 and a forbidden address stop the target; silence and a cut connection are tried again', async () => {
    expect(await deliver((_, response) => response.writeHead(410).end())).toMatchObject({ kind: 'stopped' });
    expect(await deliver((_, response) => response.end(), { allowed: false })).toMatchObject({ kind: 'stopped' });
    expect(await deliver(() => undefined)).toMatchObject({ kind: 'failed', retryAfterMs: null });
    expect(await deliver((request) => request.socket.destroy())).toMatchObject({ kind: 'failed' });
  });

  test('attempts spread over three days, wait as long as asked, and end', () => {
    const delays = Array.from({ length: 10 }, (_, n) => retryDelayMs(n + 1, () => 0, null));
    expect(delays.slice(0, 3)).toEqual([5_000, 300_000, 1_800_000]);
    expect(delays.at(-1)).toBeNull();
    expect(delays.reduce<number>((sum, ms) => sum + (ms ?? 0), 0)).toBeGreaterThan(3 * 24 * 3_600_000);
    expect(retryDelayMs(1, () => 0, 60_000)).toBe(60_000);
    expect(retryDelayMs(1, () => 1, null)).toBe(6_000);
  });
});
