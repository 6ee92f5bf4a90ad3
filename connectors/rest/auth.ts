import { HubError, type Clock } from '#kernel';
import type { OutboundAnswer, OutboundRequest } from '#outbound-http';
import type { AuthConfig, RestConfig } from './config.js';
import { encodeJson, isObject, parseJson, readPath } from './json.js';
import type { Redactor } from './redact.js';
import { TokenSource, type Token } from './token-source.js';

/** What is added to each request. `token` is what {@link Auth.refused} wants back after a 401. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly token: string | null;
}

/** Proves who the hub is. */
export interface Auth {
  credentials(): Promise<Credentials>;
  /** After a 401: whether it is worth asking once more with fresh credentials. */
  refused(credentials: Credentials): boolean;
}

/** What a token request needs. */
export interface AuthContext {
  readonly clock: Clock;
  readonly redactor: Redactor;
  /** Sends a token request. @throws HubError when there is no answer */
  readonly send: (request: Omit<OutboundRequest, 'timeoutMs'>) => Promise<OutboundAnswer>;
}

type TokenConfig = Extract<AuthConfig, { kind: 'oauth2' | 'login' }>;
type FixedConfig = Exclude<AuthConfig, TokenConfig>;

const DEFAULT_LIFETIME_SECONDS = 3_600;

/** The way of authentication that the configuration names; its secrets are made known to the redactor. */
export function createAuth({ auth, baseUrl }: RestConfig, context: AuthContext): Auth {
  context.redactor.add(...secretsOf(auth));
  if (auth.kind !== 'oauth2' && auth.kind !== 'login') {
    const credentials = fixedCredentials(auth);
    return { credentials: async () => credentials, refused: () => false };
  }
  const source = new TokenSource(() => askToken(auth, baseUrl, context), context.clock);
  const scheme = auth.kind === 'login' ? auth.scheme : 'Bearer';
  return {
    credentials: async () => {
      const token = await source.get();
      return { headers: { authorization: `${scheme} ${token}` }, query: {}, token };
    },
    refused: ({ token }) => {
      if (token !== null) source.drop(token);
      return token !== null;
    },
  };
}

function fixedCredentials(auth: FixedConfig): Credentials {
  const header = (name: string, value: string): Credentials => ({ headers: { [name]: value }, query: {}, token: null });
  switch (auth.kind) {
    case 'none':
      return { headers: {}, query: {}, token: null };
    case 'bearer':
      return header('authorization', `${auth.scheme} ${auth.token}`);
    case 'basic':
      return header('authorization', basic(auth.username, auth.password));
    case 'apiKey':
      if (auth.in === 'header') return header(auth.name.toLowerCase(), auth.value);
      return { headers: {}, query: { [auth.name]: auth.value }, token: null };
  }
}

function secretsOf(auth: AuthConfig): readonly string[] {
  switch (auth.kind) {
    case 'none':
      return [];
    case 'bearer':
      return [auth.token];
    case 'basic':
      return [auth.password, basic(auth.username, auth.password).slice('Basic '.length)];
    case 'apiKey':
      return [auth.value];
    case 'oauth2':
      return [auth.clientSecret, basicCredentials(auth.clientId, auth.clientSecret)];
    case 'login':
      return Object.values(auth.body);
  }
}

async function askToken(auth: TokenConfig, baseUrl: string, context: AuthContext): Promise<Token> {
  const answer = await context.send(auth.kind === 'oauth2' ? oauth2Request(auth) : loginRequest(auth, baseUrl));
  if (answer.status >= 500 || answer.status === 429)
    throw new HubError('HUB_SOURCE_ERROR', `The token request was answered ${answer.status}.`, {
      status: answer.status,
    });
  if (answer.status >= 300) {
    const message = `The token request was refused with ${answer.status}: correct ${wanted(auth)} under auth.`;
    throw new HubError('HUB_SOURCE_UNAUTHORISED', message, { status: answer.status });
  }
  const token = toToken(auth, answer.text);
  context.redactor.add(token.value);
  return token;
}

function wanted(auth: TokenConfig): string {
  return auth.kind === 'oauth2' ? 'clientId, clientSecret or scope' : 'the credentials in body';
}

function oauth2Request(auth: Extract<AuthConfig, { kind: 'oauth2' }>): Omit<OutboundRequest, 'timeoutMs'> {
  const inBody = auth.clientAuth === 'body' ? { client_id: auth.clientId, client_secret: auth.clientSecret } : {};
  const scope = auth.scope === undefined ? {} : { scope: auth.scope };
  const form = new URLSearchParams({ grant_type: 'client_credentials', ...scope, ...auth.parameters, ...inBody });
  const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' };
  const proof =
    auth.clientAuth === 'basic' ? { authorization: `Basic ${basicCredentials(auth.clientId, auth.clientSecret)}` } : {};
  return { method: 'POST', url: new URL(auth.tokenUrl), headers: { ...headers, ...proof }, body: form.toString() };
}

function loginRequest(
  auth: Extract<AuthConfig, { kind: 'login' }>,
  baseUrl: string,
): Omit<OutboundRequest, 'timeoutMs'> {
  const headers = { 'content-type': 'application/json', accept: 'application/json' };
  const url = new URL(`${baseUrl.replace(/\/$/, '')}${auth.path}`);
  return { method: 'POST', url, headers, body: encodeJson(auth.body) };
}

function toToken(auth: TokenConfig, text: string): Token {
  const answer = parseAnswer(text);
  const value = readPath(answer, auth.kind === 'oauth2' ? 'access_token' : auth.token);
  if (typeof value !== 'string' || value === '')
    throw new HubError('HUB_SOURCE_UNAUTHORISED', 'The token request was answered without a token: see its address.');
  const told = auth.kind === 'oauth2' ? Number(readPath(answer, 'expires_in')) : auth.lifetimeSeconds;
  return { value, lifetimeMs: (told > 0 ? told : DEFAULT_LIFETIME_SECONDS) * 1_000 };
}

function parseAnswer(text: string): unknown {
  try {
    const answer = parseJson(text);
    return isObject(answer) ? answer : {};
  } catch {
    return {}; // no JSON, so no token; the caller says so
  }
}

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
}

/** RFC 6749, 2.3.1: id and secret are form-encoded before they are joined. */
function basicCredentials(id: string, secret: string): string {
  const encode = (text: string): string => encodeURIComponent(text).replaceAll('%20', '+');
  return Buffer.from(`${encode(id)}:${encode(secret)}`, 'utf8').toString('base64');
}
