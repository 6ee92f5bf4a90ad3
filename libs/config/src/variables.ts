import { z } from 'zod';

const url = (...protocols: readonly string[]): z.ZodType<string> =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
    message: `must be a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
  });

const HOST_AND_PORT = /^[^\s:,/]+:\d{1,5}$/;
const brokers = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim()))
  .refine((list) => list.every((part) => HOST_AND_PORT.test(part)), { message: 'must be host:port, several by comma' });

const connectorUrls = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim().split(/=(.*)/s)))
  .refine((pairs) => pairs.every(([system, address]) => system && address && URL.canParse(address)), {
    message: 'must be system=URL, several by comma',
  })
  .transform(
    (pairs) => Object.fromEntries(pairs.map(([system, address]) => [system, address])) as Record<string, string>,
  );

const token = z.string().min(16, { message: 'must have at least 16 characters' });

const count = z.coerce.number().int().min(1).max(32_767);

/** How Kafka is reached. Which of them belong together is checked by `kafkaSecurityOf`. */
export const kafkaVariables = {
  KAFKA_BROKERS: brokers,
  KAFKA_SECURITY_PROTOCOL: z.enum(['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL']).default('PLAINTEXT'),
  KAFKA_SASL_MECHANISM: z.enum(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']).default('SCRAM-SHA-512'),
  KAFKA_SASL_USERNAME: z.string().optional(),
  KAFKA_SASL_PASSWORD: z.string().optional(),
  KAFKA_SSL_CA_FILE: z.string().optional(),
  KAFKA_REPLICATION_FACTOR: count.optional(),
  KAFKA_MIN_INSYNC_REPLICAS: count.optional(),
};

/** How the schema registry is reached. */
export const registryVariables = {
  REGISTRY_URL: url('http:', 'https:'),
  REGISTRY_USERNAME: z.string().optional(),
  REGISTRY_PASSWORD: z.string().optional(),
};

/** How a service reads its outbox, and how many rows may wait in it. The environment says it, and not the hub file: it rests on how PostgreSQL is run. */
export const outboxVariables = {
  OUTBOX_READER: z.enum(['polling', 'streaming']).default('polling'),
  OUTBOX_MAX_ROWS: z.coerce.number().int().min(1_000).max(1_000_000_000).default(1_000_000),
};

/** The servers that every service needs. */
const storeVariables = {
  ...kafkaVariables,
  ...registryVariables,
  DATABASE_URL: url('postgres:', 'postgresql:'),
  ...outboxVariables,
};

/** The servers of a service with job queues. */
export const serverVariables = { ...storeVariables, REDIS_URL: url('redis:', 'rediss:') };

/** What every process takes. */
export const hubVariables = {
  PLUMBLINE_HUB_FILE: z.string().default('plumbline.yaml'),
  PLUMBLINE_HTTP_HOST: z.string().default('127.0.0.1'),
  PLUMBLINE_DATA_DIR: z.string().default('.plumbline/data'),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
};

/** The bearer token of all HTTP APIs: required by every service. */
const tokenVariable = { PLUMBLINE_TOKEN: token };

/** The same where it may come from the token file instead. */
export const optionalTokenVariable = { PLUMBLINE_TOKEN: token.optional() };

const auditKeys = z
  .string()
  .transform((text) => text.split(',').map((part) => Buffer.from(part.trim(), 'base64')))
  .refine((keys) => keys.every((key) => key.length >= 32), {
    message: 'must be base64 of at least 32 bytes each, several by comma',
  });

/** https, or http to this machine alone: whoever can answer for the provider, or for the vault, can be anybody. */
const trustedUrl = url('http:', 'https:').refine(
  (text) => !text.startsWith('http:') || ['localhost', '127.0.0.1', '[::1]'].includes(new URL(text).hostname),
  { message: 'must be https, but for a server on this machine' },
);

const sealingKeys = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim().split(/:(.*)/s)))
  .transform((pairs) => pairs.map(([id = '', key = '']) => ({ id, key: Buffer.from(key, 'base64') })))
  .refine((keys) => keys.every(({ id, key }) => /^[A-Za-z0-9_-]{1,32}$/.test(id) && key.length === 32), {
    message: 'must be id:key, the key base64 of 32 bytes, several by comma',
  });

/** What opens the sealed secrets of the hub file. */
export const secretVariables = { SECRET_KEYS: sealingKeys.optional() };

/** Fit for an HTTP header. */
const headerText = z.string().regex(/^[\x21-\x7e]+$/, { message: 'must be printable ASCII without spaces' });

/** Where secrets of the hub file are that stand in a vault, and who asks for them; see `vaultSettingsFrom`. */
export const vaultVariables = {
  VAULT_ADDR: trustedUrl
    .refine((text) => new URL(text).username === '', { message: 'carries no credentials' })
    .optional(),
  VAULT_TOKEN: headerText.optional(),
  VAULT_TOKEN_FILE: z.string().optional(),
  VAULT_ROLE_ID: z.string().optional(),
  VAULT_SECRET_ID: z.string().optional(),
  VAULT_SECRET_ID_FILE: z.string().optional(),
  VAULT_NAMESPACE: headerText.optional(),
  VAULT_CACERT: z.string().optional(),
};

/** Who else than the bearer of the token may do what. */
export const accessVariables = {
  AUDIT_KEYS: auditKeys.optional(),
  OIDC_ISSUER: trustedUrl.optional(),
  OIDC_AUDIENCE: z.string().optional(),
  OIDC_JWKS_URL: trustedUrl.optional(),
  OIDC_ROLES_CLAIM: z.string().default('roles'),
};

/** Of the admin page: how browsers reach it, and how the provider knows it. */
export const adminVariables = {
  ADMIN_URL: url('http:', 'https:').optional(),
  OIDC_CLIENT_ID: z.string().optional(),
  OIDC_CLIENT_SECRET: z.string().optional(),
};

/** What a service without job queues takes; add {@link serverVariables} for one with them. */
export const serviceVariables = { ...storeVariables, ...hubVariables, ...tokenVariable, ...accessVariables };

/** For a service without job queues: limits count over all processes where it is set. */
export const optionalRedisVariable = { REDIS_URL: url('redis:', 'rediss:').optional() };

/** Which system of the hub file a connector process serves. */
export const systemVariable = { PLUMBLINE_SYSTEM: z.string() };

/** For fault runs: where a connector process kills itself, once. */
export const failpointVariable = { PLUMBLINE_FAILPOINT: z.string().optional() };

/** Where services are found; by default on loopback, at the ports of the hub file. */
export const addressVariables = {
  GOLDEN_URL: url('http:', 'https:').optional(),
  RECONCILER_URL: url('http:', 'https:').optional(),
  NOTIFIER_URL: url('http:', 'https:').optional(),
  INDEXER_URL: url('http:', 'https:').optional(),
  CONNECTOR_URLS: connectorUrls.optional(),
};
