import type { IncomingWebhook, WebhookHint } from '#connector-sdk';
import type { Entity } from '#contracts';
import { HubError, type BusinessKey, type ExternalId } from '#kernel';
import { parseWebhookSecret, verifyWebhook, type WebhookSecret } from '#webhooks';
import { z } from 'zod';
import { parseJson, readPath, scalarText } from './json.js';

const text = z.string().min(1, 'must not be empty');

/** How requests that the system sends are verified (Standard Webhooks), and which records they name. */
export const webhookSchema = z.strictObject({
  /** The newest first; an old one stays until the system signs with the new one. */
  secrets: z.array(z.string().refine((one) => parseWebhookSecret(one) !== null, 'must be whsec_ and base64')).min(1),
  /** Where the kind of event lies in the body. */
  type: text.default('type'),
  events: z
    .array(
      z.strictObject({
        types: z.array(text).min(1),
        entity: text,
        /** Where the id of the record lies, or a list of them, or (`keys`) its business key. */
        ids: text.optional(),
        keys: text.optional(),
      }),
    )
    .min(1),
});
export type WebhookOptions = z.infer<typeof webhookSchema>;

/**
 * The records that a genuine request names; none for an event that is not declared.
 * @throws HubError HUB_WEBHOOK_REFUSED for a request that is not signed by the system, is too old, or is no JSON
 */
export function readWebhook(options: WebhookOptions, request: IncomingWebhook, nowMs: number): WebhookHint[] {
  const secrets = options.secrets.map(parseWebhookSecret).filter((one): one is WebhookSecret => one !== null);
  const verified = verifyWebhook(request, secrets, nowMs);
  if (verified.kind === 'refused') throw refused(verified.reason);
  const body = parseBody(request.body);
  const type = scalarText(readPath(body, options.type));
  return options.events
    .filter(({ types }) => type !== null && types.includes(type))
    .flatMap(({ entity, ids, keys }): WebhookHint[] => [
      ...(ids === undefined
        ? []
        : [
            {
              entity: entity as Entity,
              selector: { by: 'externalId' as const, ids: textsAt(body, ids) as ExternalId[] },
            },
          ]),
      ...(keys === undefined
        ? []
        : [{ entity: entity as Entity, selector: { by: 'key' as const, keys: textsAt(body, keys) as BusinessKey[] } }]),
    ]);
}

function textsAt(body: unknown, path: string): string[] {
  return [readPath(body, path)].flat().flatMap((value) => scalarText(value) ?? []);
}

function parseBody(body: Buffer): unknown {
  try {
    return parseJson(body.toString('utf8'));
  } catch (cause) {
    throw refused('no-json', cause);
  }
}

function refused(reason: string, cause?: unknown): HubError {
  return new HubError('HUB_WEBHOOK_REFUSED', `The webhook is refused: ${reason}.`, { reason }, { cause });
}
