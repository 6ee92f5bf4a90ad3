import { AuditTrail, auditKeysOf, auditSecretOfToken, type AuditKeys } from '#audit';
import { ApiKeys, BearerAuthenticator, FourEyes, OidcTokens, type AccessOptions, type ScopedObject } from '#auth';
import type { ServiceSettings } from '#config';
import { schemaName, type HubFile } from '#hub-file';
import { systemClock, type Closers } from '#kernel';
import type { AppRuntime } from '#observability';
import { KafkaEventPublisher, type AvroCodec, type KafkaConnection } from '#messaging-kafka';
import { MemoryRateLimiter, RedisRateLimiter } from '#rate-limit-redis';
import { PostgresApprovalStore, PostgresAuditStore, type Database } from '#store-postgres';
import { createAuditAnchor } from './audit-anchor.js';
import { rolesOf } from './hub-roles.js';
import { LazyApiKeyStore } from './lazy-api-key-store.js';

/** What an app is made of that its front door needs. */
export interface AccessParts {
  /** Name of its schema and its chain: `golden`, `connector-erp`. */
  readonly service: string;
  readonly settings: ServiceSettings & Pick<AppRuntime, 'logger' | 'onFatal'>;
  /** Its own, with `CreateAccessTables` among the migrations. */
  readonly database: Database;
  readonly connection: KafkaConnection;
  /** With its schemas ensured. */
  readonly codec: AvroCodec;
  /** What every object of the app belongs to. */
  readonly within?: ScopedObject;
}

/** The front door of one app. */
export interface AppAccess {
  readonly access: AccessOptions;
  readonly fourEyes: FourEyes;
}

const DEFAULTS = { requestsPerMinute: 600, loginsPerMinute: 30 };

/** Joins tokens, keys, roles, limits and audit for one app, by its settings and the hub file; `closers` end it. */
export function openAccess(parts: AccessParts, closers: Closers): AppAccess {
  const { settings, database } = parts;
  const { access: rules } = settings.file;
  const fourEyesAbove = rules?.fourEyesAbove ?? null;
  const access: AccessOptions = {
    authenticator: openAuthenticator(parts, closers),
    roles: rolesOf(settings.file),
    ...(parts.within && { within: parts.within }),
    limiter: openLimiter(parts, closers),
    trail: openTrail(parts, closers),
    auditsReads: rules?.auditsReads ?? false,
  };
  const store = new PostgresApprovalStore(database);
  return { access, fourEyes: new FourEyes({ store, clock: systemClock, above: fourEyesAbove }) };
}

/** Keys of the audit: those given, else one made of the service token. */
export function auditKeysFor(secrets: readonly Buffer[] | undefined, token: string): AuditKeys {
  return auditKeysOf(secrets && secrets.length > 0 ? secrets : [auditSecretOfToken(token)]);
}

/** PostgreSQL schema of a hub's API keys. */
export function accessSchema(file: HubFile): string {
  return schemaName(file, 'access');
}

function openAuthenticator({ settings }: AccessParts, closers: Closers): BearerAuthenticator {
  const { file, servers, http, oidc } = settings;
  const keys = new LazyApiKeyStore({ url: servers.databaseUrl, schema: accessSchema(file) });
  closers.add(() => keys.close());
  return new BearerAuthenticator({
    serviceToken: http.token,
    apiKeys: new ApiKeys(keys, systemClock),
    ...(oidc && { oidc: new OidcTokens(oidc) }),
  });
}

function openLimiter({ settings }: AccessParts, closers: Closers): MemoryRateLimiter | RedisRateLimiter {
  const { file, servers, logger } = settings;
  const limits = { ...DEFAULTS, ...file.access?.limits };
  if (servers.redisUrl === undefined) return new MemoryRateLimiter(limits);
  const limiter = new RedisRateLimiter({ ...limits, redisUrl: servers.redisUrl, prefix: file.hub.topicPrefix, logger });
  closers.add(() => limiter.close());
  return limiter;
}

function openTrail(parts: AccessParts, closers: Closers): AuditTrail {
  const { settings, database, connection, codec, service } = parts;
  const { file, http, auditSecrets, logger, onFatal } = settings;
  const store = new PostgresAuditStore(database);
  const publisher = new KafkaEventPublisher({ ...connection, clientId: `plumbline-${service}-audit` });
  closers.add(() => publisher.close());
  const { topicPrefix } = file.hub;
  const anchor = createAuditAnchor({
    service,
    topicPrefix,
    store,
    publisher,
    codec,
    clock: systemClock,
    logger,
    onFatal,
  });
  closers.add(() => anchor.stop());
  anchor.start();
  const keys = auditKeysFor(auditSecrets, http.token);
  return new AuditTrail({ store, keys, clock: systemClock, onEntry: () => anchor.wake() });
}
