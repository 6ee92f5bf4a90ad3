import { createHmac } from 'node:crypto';
import type { WebhookSecret } from './secret.js';

/** What is signed: id, seconds since 1970 and the body, byte for byte as it is sent. */
export interface SignedContent {
  readonly id: string;
  readonly timestamp: string;
  readonly body: string | Buffer;
}

/** Scheme of a symmetric signature in the header. */
export const V1 = 'v1,';

/** HMAC-SHA256 over `id.timestamp.body`, in base64. */
export function signatureOf({ id, timestamp, body }: SignedContent, { key }: WebhookSecret): string {
  return createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64');
}
