import { z } from 'zod';
import { webhookSchema } from './webhook.js';

const text = z.string().min(1, 'must not be empty');
const path = z.string().regex(/^\//, 'must begin with /');

/** How the hub proves who it is. */
const authSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  /** `Authorization: Bearer …` with a token that does not end; `scheme` for vendors that say `Token …`. */
  z.strictObject({ kind: z.literal('bearer'), token: text, scheme: text.default('Bearer') }),
  z.strictObject({ kind: z.literal('basic'), username: text, password: text }),
  /** A key in a header or in the query. */
  z.strictObject({
    kind: z.literal('apiKey'),
    in: z.enum(['header', 'query']).default('header'),
    name: text,
    value: text,
  }),
  /** OAuth 2 client credentials (RFC 6749, 4.4). */
  z.strictObject({
    kind: z.literal('oauth2'),
    tokenUrl: z.url('must be an address'),
    clientId: text,
    clientSecret: text,
    scope: text.optional(),
    /** More parameters of the token request, such as `audience`. */
    parameters: z.record(z.string(), z.string()).default({}),
    /** Where the client's secret travels. */
    clientAuth: z.enum(['basic', 'body']).default('basic'),
  }),
  /** A login that answers a token: any JSON request. */
  z.strictObject({
    kind: z.literal('login'),
    path,
    body: z.record(z.string(), z.string()),
    /** Where the token lies in the answer. */
    token: text.default('token'),
    /** Asked again before so many seconds have passed, and once after a 401. */
    lifetimeSeconds: z.int().min(10).default(600),
    scheme: text.default('Bearer'),
  }),
]);

/** The system's `config` in the hub file. */
export const configSchema = z.strictObject({
  /** Where every path begins: `https://shop.example/api`. */
  baseUrl: z.url({ protocol: /^https?$/, error: 'must be an http or https address' }),
  /** Hosts (`host` or `host:port`) that may be local or private, and may be asked by plain http. */
  allowedHosts: z.array(text).default([]),
  auth: authSchema.default({ kind: 'none' }),
  /**
   * A request (GET unless `POST /…`) that only good credentials answer with 2xx. For vendors that answer a stranger with
   * an empty list instead of 401: without it a token that ended looks like a system that lost all its records.
   */
  probe: z
    .string()
    .regex(/^(?:(?:GET|POST) )?\//, 'must be a path, or POST and a path')
    .optional(),
  headers: z.record(z.string(), z.string()).default({}),
  rate: z
    .strictObject({
      perSecond: z.number().positive().max(10_000).default(10),
      burst: z.int().min(1).max(10_000).default(10),
      concurrency: z.int().min(1).max(64).default(4),
    })
    .prefault({}),
  timeoutMs: z.int().min(100).max(600_000).default(20_000),
  connectTimeoutMs: z.int().min(100).max(60_000).default(5_000),
  /** Requests that the system sends to the hub: `POST /webhook` of this connector. */
  webhook: webhookSchema.optional(),
  maxResponseBytes: z.int().min(1_000).max(500_000_000).default(20_000_000),
});

/** Configuration of one HTTP API. */
export type RestConfig = z.infer<typeof configSchema>;

/** How the hub proves who it is. */
export type AuthConfig = RestConfig['auth'];
