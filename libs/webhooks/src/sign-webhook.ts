import type { WebhookSecret } from './secret.js';
import { signatureOf, V1 } from './signature.js';

/** The three headers of Standard Webhooks. */
export type WebhookHeaders = Readonly<Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>>;

/**
 * Signs a body with every live secret, so that a receiver who knows the old one or the new one accepts it: a rotation
 * refuses nothing. `id` names the event and stays the same over all attempts; a dot in it would make two contents alike.
 *
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function signWebhook(
  content: { readonly id: string; readonly body: string | Buffer; readonly sentAtMs: number },
  secrets: readonly [WebhookSecret, ...WebhookSecret[]],
): WebhookHeaders {
  const timestamp = String(Math.floor(content.sentAtMs / 1_000));
  const id = content.id.replaceAll('.', '_');
  const signatures = secrets.map((secret) => `${V1}${signatureOf({ id, timestamp, body: content.body }, secret)}`);
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}
