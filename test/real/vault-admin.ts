import { AddressGuard, OutboundHttp } from '#outbound-http';

const LIMITS = { maxResponseBytes: 100_000, connectTimeoutMs: 2_000, connections: 1 };

/** An AppRole and its secret id. */
export interface AppRole {
  readonly roleId: string;
  readonly secretId: string;
}

/** A vault's HTTP API for the tests that fill it, with the token of its root. */
export class VaultAdmin {
  private readonly http: OutboundHttp;

  /** @param ca PEM text of the authority of its certificate */
  constructor(
    readonly url: URL,
    readonly token: string,
    ca?: string,
  ) {
    this.http = new OutboundHttp(new AddressGuard([url.hostname]), { ...LIMITS, ca });
  }

  /** @returns `data` or `auth` of the answer, or all of it. @throws Error with the answer when it is no success */
  async call<T>(method: string, path: string, body?: unknown, namespace?: string): Promise<T> {
    const answer = await this.http.send({
      method,
      url: new URL(`/v1/${path}`, this.url),
      headers: { 'x-vault-token': this.token, ...(namespace !== undefined && { 'x-vault-namespace': namespace }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      timeoutMs: 10_000,
    });
    if (answer.kind !== 'answer') throw new Error(answer.message);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    const json = (answer.text === '' ? {} : JSON.parse(answer.text)) as {
      readonly data?: unknown;
      readonly auth?: unknown;
    };
    return (json.data ?? json.auth ?? json) as T;
  }

  /** A version 2 secret under `secret/`. */
  async put(name: string, data: Readonly<Record<string, unknown>>, namespace?: string): Promise<void> {
    await this.call('POST', `secret/data/${name}`, { data }, namespace);
  }

  /** A token that may read these paths alone. */
  async tokenFor(name: string, ...paths: readonly string[]): Promise<string> {
    await this.allow(name, paths);
    const { client_token } = await this.call<{ client_token: string }>('POST', 'auth/token/create', {
      policies: [name],
    });
    return client_token;
  }

  /** An AppRole that may read these paths alone; its first call enables the engine. */
  async appRoleFor(name: string, ...paths: readonly string[]): Promise<AppRole> {
    await this.allow(name, paths);
    const engines = await this.call<Readonly<Record<string, unknown>>>('GET', 'sys/auth');
    if (!Object.hasOwn(engines, 'approle/')) await this.call('POST', 'sys/auth/approle', { type: 'approle' });
    await this.call('POST', `auth/approle/role/${name}`, { token_policies: [name], token_ttl: '5m' });
    const { role_id: roleId } = await this.call<{ role_id: string }>('GET', `auth/approle/role/${name}/role-id`);
    const { secret_id: secretId } = await this.call<{ secret_id: string }>(
      'POST',
      `auth/approle/role/${name}/secret-id`,
    );
    return { roleId, secretId };
  }

  async close(): Promise<void> {
    await this.http.close();
  }

  private async allow(name: string, paths: readonly string[]): Promise<void> {
    const policy = paths.map((path) => `path "${path}" { capabilities = ["read"] }`).join('\n');
    await this.call('PUT', `sys/policies/acl/${name}`, { policy });
  }
}
