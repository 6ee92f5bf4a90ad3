import type { OutboundAnswer, OutboundHttp } from '#outbound-http';
import type { WebhookSecret } from './secret.js';
import { signWebhook } from './sign-webhook.js';

/** Where events go, and how they are signed: the newest secret first. */
export interface WebhookTarget {
  readonly url: URL;
  readonly secrets: readonly [WebhookSecret, ...WebhookSecret[]];
  readonly timeoutMs: number;
}

/** One event for one target. `id` is the same over all attempts: the receiver recognises a repeated one by it. */
export interface WebhookEvent {
  readonly id: string;
  /** `product.changed.v1` */
  readonly type: string;
  /** ISO 8601, UTC: when it happened, not when it is sent. */
  readonly timestamp: string;
  readonly data: unknown;
}

/** What became of one attempt. Only 2xx is a delivery: a redirect is not followed, since the target was chosen by name. */
export type WebhookDelivery =
  | { readonly kind: 'delivered'; readonly status: number }
  /** May work later; `retryAfterMs` is what the receiver asks for. */
  | { readonly kind: 'failed'; readonly reason: string; readonly retryAfterMs: number | null }
  /** The receiver takes no more (410), or the address is not allowed: stop this target and tell someone. */
  | { readonly kind: 'stopped'; readonly reason: string };

/**
 * Makes one attempt to deliver. Anything but 2xx and 410 is worth another attempt, a 4xx too: receivers answer those while
 * they are being set up. Keeps nothing: who calls keeps the event until it is delivered, and the number of attempts.
 */
export async function sendWebhook(
  http: OutboundHttp,
  target: WebhookTarget,
  event: WebhookEvent,
  nowMs: number,
): Promise<WebhookDelivery> {
  const { id, type, timestamp, data } = event;
  const body = JSON.stringify({ type, timestamp, data });
  const signed = signWebhook({ id, body, sentAtMs: nowMs }, target.secrets);
  const result = await http.send({
    method: 'POST',
    url: target.url,
    headers: { 'content-type': 'application/json', 'user-agent': 'plumbline', ...signed },
    body,
    timeoutMs: target.timeoutMs,
  });
  switch (result.kind) {
    case 'answer':
      return toDelivery(result, nowMs);
    case 'forbidden':
      return { kind: 'stopped', reason: result.message };
    case 'unreachable':
    case 'cut':
    case 'timeout':
    case 'too-large':
      return { kind: 'failed', reason: result.message, retryAfterMs: null };
  }
}

function toDelivery({ status, headers }: OutboundAnswer, nowMs: number): WebhookDelivery {
  if (status >= 200 && status < 300) return { kind: 'delivered', status };
  if (status === 410) return { kind: 'stopped', reason: 'The receiver answers 410: it takes no more events.' };
  const reason = `The receiver answers ${status}.`;
  return { kind: 'failed', reason, retryAfterMs: toRetryAfterMs(headers['retry-after'], nowMs) };
}

function toRetryAfterMs(text: string | undefined, nowMs: number): number | null {
  if (text === undefined) return null;
  if (/^\d{1,9}$/.test(text.trim())) return Number(text) * 1_000;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? null : Math.max(0, atMs - nowMs);
}
