import { AddressGuard, OutboundHttp, type OutboundAnswer } from '#outbound-http';
import { z } from 'zod';
import { loginRefused, missing, notReached, readRefused } from './vault-errors.js';
import type { VaultSettings } from './vault-settings.js';

const LIMITS = { maxResponseBytes: 1024 * 1024, connectTimeoutMs: 3_000, connections: 1 };
const TIMEOUT_MS = 5_000;

const fields = z.record(z.string(), z.unknown());
const loginAnswer = z.object({ auth: z.object({ client_token: z.string().min(1) }) });
const secretAnswer = z.object({ data: fields });
/** What version 2 of the KV engine wraps around a secret. */
const versionedAnswer = z.object({ data: fields, metadata: z.object({ version: z.number() }) });

/**
 * Reads secrets by the HTTP API that HashiCorp Vault and OpenBao share. The operator's own address may be private.
 * @see https://openbao.org/api-docs/secret/kv/kv-v2/, https://openbao.org/api-docs/auth/approle/
 */
export class VaultClient {
  private readonly http: OutboundHttp;
  private token: string | null;

  constructor(private readonly settings: VaultSettings) {
    const { url, auth, ca } = settings;
    this.http = new OutboundHttp(new AddressGuard([url.hostname.replace(/^\[|\]$/g, '')]), { ...LIMITS, ca });
    this.token = 'token' in auth ? auth.token : null;
  }

  /**
   * The fields of a secret by name, of its newest version.
   * @throws HubError HUB_VAULT_UNREACHABLE, HUB_VAULT_SEALED, HUB_VAULT_REFUSED, HUB_VAULT_SECRET_MISSING;
   *   none of them holds a value
   */
  async read(path: string): Promise<Readonly<Record<string, unknown>>> {
    this.token ??= await this.logIn();
    const answer = await this.ask('GET', path, { 'x-vault-token': this.token });
    const { host } = this.settings.url;
    if (answer.status === 404) throw missing(host, path);
    if (answer.status !== 200) throw readRefused(answer, { host, path });
    const { data } = parse(secretAnswer, answer, host);
    const versioned = versionedAnswer.safeParse(data);
    return versioned.success ? versioned.data.data : data;
  }

  async close(): Promise<void> {
    await this.http.close();
  }

  private async logIn(): Promise<string> {
    const { auth, url } = this.settings;
    if ('token' in auth) return auth.token;
    const body = JSON.stringify({ role_id: auth.roleId, secret_id: auth.secretId });
    const answer = await this.ask('POST', 'auth/approle/login', { 'content-type': 'application/json' }, body);
    if (answer.status !== 200) throw loginRefused(answer, url.host);
    return parse(loginAnswer, answer, url.host).auth.client_token;
  }

  private async ask(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body?: string,
  ): Promise<OutboundAnswer> {
    const { url, namespace } = this.settings;
    const encoded = path.split('/').map(encodeURIComponent).join('/');
    const answer = await this.http.send({
      method,
      url: new URL(`${url.pathname.replace(/\/+$/, '')}/v1/${encoded}`, url),
      // An agent or proxy of the vault may ask for the first of them, so that no browser can be made to ask.
      headers: {
        'x-vault-request': 'true',
        ...(namespace !== undefined && { 'x-vault-namespace': namespace }),
        ...headers,
      },
      ...(body !== undefined && { body }),
      timeoutMs: TIMEOUT_MS,
    });
    if (answer.kind !== 'answer') throw notReached(url.host, answer.message);
    return answer;
  }
}

/** The parser's own words may hold a value, so they are not told. */
function parse<T>(schema: z.ZodType<T>, { text }: OutboundAnswer, host: string): T {
  const parsed = schema.safeParse(toJson(text));
  if (!parsed.success) throw notReached(host, `What answers at ${host} does not speak as a vault does.`);
  return parsed.data;
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // told by the schema: it is none of a vault's answers
  }
}
