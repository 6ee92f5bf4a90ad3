import type { Entity } from '#contracts';
import type { HubWebhook } from './hub-file.js';
import { readEntityName } from './read-systems.js';
import { readDurationMs, readExpandedText, readText, readTexts } from './yaml-values.js';
import type { Place, YamlReader } from './yaml-reader.js';

const FIELDS = ['url', 'secrets', 'entities', 'timeout', 'allowedHosts'] as const;
const NAME = /^[a-z][a-z0-9-]{0,31}$/;
const DEFAULT_TIMEOUT_MS = 10_000;
/** A sender's lease is longer than its slowest attempt. */
const MAX_TIMEOUT_MS = 20_000;

/** Receivers of signed events, in the order of the file. */
export function readWebhooks(reader: YamlReader, place: Place | undefined): readonly HubWebhook[] {
  if (!place) return [];
  return reader.entries(place).map(({ name, key, value }) => {
    if (!NAME.test(name))
      reader.report(
        key,
        `"${name}" can't be the name of a webhook.`,
        'Use up to 32 lower-case letters, digits and dashes.',
      );
    return { name, ...readWebhook(reader, value) };
  });
}

function readWebhook(reader: YamlReader, place: Place): Omit<HubWebhook, 'name'> {
  const found = reader.object(place, FIELDS, ['url', 'secrets']);
  return {
    url: found.url ? readUrl(reader, found.url) : '',
    secrets: found.secrets ? readSecrets(reader, found.secrets) : [],
    entities: found.entities ? readEntities(reader, found.entities) : null,
    timeoutMs: found.timeout ? readTimeout(reader, found.timeout) : DEFAULT_TIMEOUT_MS,
    allowedHosts: found.allowedHosts ? readTexts(reader, found.allowedHosts).map(({ text }) => text) : [],
  };
}

/** The address may be a secret itself, so no problem repeats it. */
function readUrl(reader: YamlReader, place: Place): string {
  const text = readExpandedText(reader, place);
  const isKept = text.includes('${');
  if (!isKept && !(URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)))
    reader.report(place, 'This is no address.', 'Write for example https://hooks.example.com/plumbline.');
  return text;
}

function readSecrets(reader: YamlReader, place: Place): readonly string[] {
  const found = readTexts(reader, place);
  if (found.length === 0 || found.length > 2)
    reader.report(place, 'A webhook has one secret, or two while it is changed.', 'Write the newest one first.');
  return found.flatMap(({ text, at }) => {
    if (!/^\$\{[^}]*\}$/.test(text)) {
      reader.report(at, 'A secret does not stand in the hub file.', 'Write a reference: ${SHOP_HOOK_SECRET}.');
      return [];
    }
    const secret = readExpandedText(reader, at);
    return secret === '' ? [] : [secret];
  });
}

function readEntities(reader: YamlReader, place: Place): readonly Entity[] {
  return readTexts(reader, place).flatMap(({ text, at }) => readEntityName(reader, text, at) ?? []);
}

function readTimeout(reader: YamlReader, place: Place): number {
  const ms = readDurationMs(reader, place);
  if (ms > MAX_TIMEOUT_MS) reader.report(place, `"${readText(reader, place)}" is too long.`, 'Write at most 20s.');
  return ms;
}
