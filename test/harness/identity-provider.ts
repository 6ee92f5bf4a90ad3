import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type CryptoKey, type JWK } from 'jose';
import { Provider } from 'oidc-provider';

/** What tokens of the provider are meant for. */
export const AUDIENCE = 'https://plumbline.test/api';

const CLIENT = { client_id: 'people', client_secret: 'only-in-this-test' };
/** The admin page as the provider knows it. Nothing listens at its address: tests carry what the provider sends there. */
export const PAGE = { id: 'page', secret: 'only-in-this-test-too', url: 'https://page.test' };

const PAGE_CLIENT = {
  ...{ client_id: PAGE.id, client_secret: PAGE.secret, redirect_uris: [`${PAGE.url}/api/provider/callback`] },
  ...{ post_logout_redirect_uris: [`${PAGE.url}/`] },
  ...{ grant_types: ['authorization_code'], response_types: ['code' as const] },
};

/** A real OpenID provider on loopback. The keys that it publishes can be rotated, and its answers counted. */
export class IdentityProvider {
  /** Requests for its keys so far. */
  keyFetches = 0;
  /** Roles of those who sign in on the page, by the name that they give; the provider asks for no real password. */
  readonly people = new Map<string, readonly string[]>();
  private server: Server | null = null;
  private published: readonly JWK[] = [];
  private signing: CryptoKey | null = null;
  private kid = '';

  /** With a key; the token endpoint signs with the first one. */
  async start(): Promise<void> {
    await this.rotate();
    const key = { ...(await exportJWK(this.privateKey)), kid: this.kid, use: 'sig', alg: 'RS256' };
    this.server = createServer();
    await new Promise<void>((resolve) => this.server?.listen(0, '127.0.0.1', resolve));
    const provider = new Provider(this.issuer, {
      clients: [{ ...CLIENT, grant_types: ['client_credentials'], redirect_uris: [], response_types: [] }, PAGE_CLIENT],
      findAccount: (_context, sub) => ({
        accountId: sub,
        claims: async () => ({
          sub,
          name: `${sub} of the provider`,
          realm: { roles: [...(this.people.get(sub) ?? [])] },
        }),
      }),
      claims: { openid: ['sub', 'realm'], profile: ['name'] },
      conformIdTokenClaims: false,
      jwks: { keys: [key] },
      features: {
        clientCredentials: { enabled: true },
        devInteractions: { enabled: true },
        resourceIndicators: {
          enabled: true,
          getResourceServerInfo: (_context, resource) => ({
            ...{ scope: 'hub', audience: resource, accessTokenTTL: 60, accessTokenFormat: 'jwt' as const },
            jwt: { sign: { alg: 'RS256' } },
          }),
        },
      },
      extraTokenClaims: () => ({ realm: { roles: ['viewer', 'approver'] }, name: 'Ann' }),
    });
    const answer = provider.callback();
    this.server.on('request', (request, response) => {
      if (request.url !== '/jwks') return void answer(request, response);
      this.keyFetches += 1;
      response.setHeader('content-type', 'application/jwk-set+json');
      response.end(JSON.stringify({ keys: this.published }));
    });
  }

  get issuer(): string {
    return `http://127.0.0.1:${(this.server?.address() as AddressInfo).port}`;
  }

  get privateKey(): CryptoKey {
    if (!this.signing) throw new Error('the provider was not started');
    return this.signing;
  }

  get keyId(): string {
    return this.kid;
  }

  get publicKeys(): readonly JWK[] {
    return this.published;
  }

  /** Publishes a new key instead of all others. */
  async rotate(): Promise<void> {
    const pair = await generateKeyPair('RS256', { extractable: true });
    this.kid = `key-${Math.random().toString(36).slice(2)}`;
    this.signing = pair.privateKey;
    this.published = [{ ...(await exportJWK(pair.publicKey)), kid: this.kid, use: 'sig', alg: 'RS256' }];
  }

  /** An access token as the provider itself issues it. */
  async issue(resource = AUDIENCE): Promise<string> {
    const authorization = `Basic ${Buffer.from(`${CLIENT.client_id}:${CLIENT.client_secret}`).toString('base64')}`;
    const body = new URLSearchParams({ grant_type: 'client_credentials', scope: 'hub', resource });
    const response = await fetch(`${this.issuer}/token`, { method: 'POST', headers: { authorization }, body });
    const { access_token: token } = (await response.json()) as { readonly access_token?: string };
    if (token === undefined) throw new Error(`the provider issued nothing: ${response.status}`);
    return token;
  }

  /** What somebody does in a browser whom the page sent here. @returns the address that the provider sends them back to */
  async signIn(address: string, person: string): Promise<URL> {
    const cookies = new Map<string, string>();
    const forms: Record<string, string>[] = [
      { prompt: 'login', login: person, password: 'any' },
      { prompt: 'consent' },
    ];
    let next = new URL(address);
    while (next.origin === this.issuer) {
      const form = next.pathname.startsWith('/interaction/') ? forms.shift() : undefined;
      next = await follow(next, form, cookies);
    }
    return next;
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => this.server?.close(resolve));
  }
}

/** One step of a browser: a form sent or a page asked for, cookies kept. @returns where it leads */
async function follow(at: URL, form: Record<string, string> | undefined, cookies: Map<string, string>): Promise<URL> {
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const sent = form ? { method: 'POST', body: new URLSearchParams(form) } : {};
  const answer = await fetch(at, { ...sent, redirect: 'manual', headers: { cookie } });
  for (const set of answer.headers.getSetCookie()) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
    cookies.set(name, value);
  }
  const to = answer.headers.get('location');
  if (to === null) throw new Error(`the provider answered ${answer.status}: ${await answer.text()}`);
  return new URL(to, at);
}
