import { timingSafeEqual } from 'node:crypto';
import type { WebhookSecret } from './secret.js';
import { signatureOf, V1 } from './signature.js';

/** A request as it came: headers by lower-case name, the body byte for byte. */
export interface WebhookRequest {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string | Buffer;
}

/**
 * Whether a request is what it says. `id` is the same for every attempt of one event: whoever acts on it keeps the id in
 * the transaction of the effect, since a genuine request can be sent again within the tolerance. `reason` is for logs; a
 * sender should be told no more than 401.
 */
export type VerifiedWebhook =
  | { readonly kind: 'genuine'; readonly id: string; readonly sentAtMs: number }
  | { readonly kind: 'refused'; readonly reason: 'headers-missing' | 'too-old' | 'in-the-future' | 'not-signed-by-us' };

const TOLERANCE_MS = 300_000;
/** More signatures than any rotation needs: each costs a comparison. */
const MAX_SIGNATURES = 8;
const MAX_ID = 256;

/**
 * Verifies id, time and signature by Standard Webhooks, against every live secret. Comparing takes the same time whatever
 * the signatures are.
 */
export function verifyWebhook(
  { headers, body }: WebhookRequest,
  secrets: readonly WebhookSecret[],
  nowMs: number,
  toleranceMs = TOLERANCE_MS,
): VerifiedWebhook {
  const signed = readHeaders(headers);
  if (signed === null) return { kind: 'refused', reason: 'headers-missing' };
  const { id, timestamp, signatures } = signed;
  const sentAtMs = Number(timestamp) * 1_000;
  if (sentAtMs < nowMs - toleranceMs) return { kind: 'refused', reason: 'too-old' };
  if (sentAtMs > nowMs + toleranceMs) return { kind: 'refused', reason: 'in-the-future' };
  const expected = secrets.map((secret) => signatureOf({ id, timestamp, body }, secret));
  return isSigned(signatures, expected)
    ? { kind: 'genuine', id, sentAtMs }
    : { kind: 'refused', reason: 'not-signed-by-us' };
}

/** The three headers; null where one is missing or is none. */
function readHeaders(
  headers: WebhookRequest['headers'],
): { readonly id: string; readonly timestamp: string; readonly signatures: string } | null {
  const [id, timestamp, signatures] = ['id', 'timestamp', 'signature'].map((name) => headers[`webhook-${name}`] ?? '');
  if (!id || id.length > MAX_ID || !timestamp || !/^\d{1,12}$/.test(timestamp) || !signatures) return null;
  return { id, timestamp, signatures };
}

function isSigned(header: string, expected: readonly string[]): boolean {
  let found = false;
  const given = header.split(' ').filter((each) => each.startsWith(V1));
  for (const signature of given.slice(0, MAX_SIGNATURES))
    for (const each of expected) found = isEqual(signature.slice(V1.length), each) || found;
  return found;
}

function isEqual(given: string, expected: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(expected)];
  return left.length === right.length && timingSafeEqual(left, right);
}
