/** A shared secret of one webhook: `whsec_` and 24 to 64 bytes in base64. Parsed, so that it is checked once. */
export interface WebhookSecret {
  readonly key: Buffer;
}

const PREFIX = 'whsec_';
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const MIN_BYTES = 24;
const MAX_BYTES = 64;

/** Parses a secret with or without its prefix; null where it is none, or too short to protect anything. */
export function parseWebhookSecret(text: string): WebhookSecret | null {
  const encoded = text.startsWith(PREFIX) ? text.slice(PREFIX.length) : text;
  if (!BASE64.test(encoded)) return null;
  const key = Buffer.from(encoded, 'base64');
  return key.length < MIN_BYTES || key.length > MAX_BYTES ? null : { key };
}
