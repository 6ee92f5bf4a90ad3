import { isObject } from './json.js';

const HIDDEN = '***';
/** Names under which vendors keep secrets. */
const SECRET_NAME =
  /pass(?:word|wd|phrase)|secret|token|authori[sz]ation|api[-_]?key|credential|private[-_]?key|session/i;
const MAX_RAW = 1_000;

/** Takes the secrets of one connection out of texts for people. */
export class Redactor {
  private readonly secrets = new Set<string>();

  /** Remembers a secret; one shorter than four characters would blacken every text. */
  add(...secrets: readonly (string | undefined)[]): void {
    for (const secret of secrets) if (secret !== undefined && secret.length >= 4) this.secrets.add(secret);
  }

  /** The text without any known secret, also where it is encoded for an address. */
  clean(text: string): string {
    let cleaned = text;
    for (const secret of this.secrets)
      for (const form of [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])
        cleaned = cleaned.replaceAll(form, HIDDEN);
    return cleaned;
  }

  /** A raw answer for the list of parked records: without secrets, and no longer than a thousand characters. */
  raw(value: unknown): string {
    const text = this.clean(JSON.stringify(withoutSecrets(value)) ?? String(value));
    return text.length <= MAX_RAW ? text : `${text.slice(0, MAX_RAW)}…`;
  }
}

function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, SECRET_NAME.test(name) ? HIDDEN : withoutSecrets(each)]),
  );
}
