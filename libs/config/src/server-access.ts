import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HubError } from '#kernel';
import type { z } from 'zod';
import type { hubVariables, kafkaVariables, outboxVariables, registryVariables } from './variables.js';

/** How a user shows who it is. */
export type SaslCredentials = {
  readonly [Mechanism in 'plain' | 'scram-sha-256' | 'scram-sha-512']: {
    readonly mechanism: Mechanism;
    readonly username: string;
    readonly password: string;
  };
}['plain' | 'scram-sha-256' | 'scram-sha-512'];

/** TLS and credentials of connections to Kafka; empty where the brokers ask for neither. */
export interface KafkaSecurity {
  /** True: trust the authorities that Node trusts; `ca` is PEM text. */
  readonly ssl?: boolean | { readonly ca: string };
  readonly sasl?: SaslCredentials;
}

/** Where the servers are, and what they ask for. */
export interface HubServers {
  readonly brokers: readonly string[];
  readonly kafkaSecurity?: KafkaSecurity;
  readonly registryUrl: string;
  /** Value of the `authorization` header for the registry. */
  readonly registryAuthorization?: (() => string) | undefined;
  /** Where the registry's answers are kept for a start while it is away. */
  readonly schemaFolder?: string;
  readonly databaseUrl: string;
  /** How services read their outbox; `polling` where it is not given. */
  readonly outboxReader?: 'polling' | 'streaming';
  /** Valkey or Redis, where it is known: for limits over all processes. */
  readonly redisUrl?: string;
  /** At so many waiting rows, appending to an outbox is refused; without limit where it is not given. */
  readonly outboxMaxRows?: number;
}

/** The same for a service with job queues. */
export interface QueueServers extends HubServers {
  readonly redisUrl: string;
}

type Given<Variables extends z.core.$ZodLooseShape> = z.infer<z.ZodObject<Variables>>;
/** The CLI has variables that are not set. */
type Maybe<T> = { readonly [Name in keyof T]?: T[Name] | undefined };
type KafkaConfig = Maybe<Given<typeof kafkaVariables>>;
type RegistryConfig = Maybe<Given<typeof registryVariables>>;

/** What {@link hubServersOf} reads. */
export type ServersConfig = Given<typeof kafkaVariables> &
  Given<typeof registryVariables> &
  Pick<Given<typeof hubVariables>, 'PLUMBLINE_DATA_DIR'> & { readonly DATABASE_URL: string } & Maybe<
    Given<typeof outboxVariables>
  >;

/** Addresses and credentials from the environment. @throws HubError HUB_CONFIG_INVALID */
export function hubServersOf(config: ServersConfig): HubServers {
  return {
    brokers: config.KAFKA_BROKERS,
    kafkaSecurity: kafkaSecurityOf(config),
    registryUrl: config.REGISTRY_URL,
    registryAuthorization: registryAuthorizationOf(config),
    schemaFolder: join(config.PLUMBLINE_DATA_DIR, 'schemas'),
    databaseUrl: config.DATABASE_URL,
    ...(config.OUTBOX_READER && { outboxReader: config.OUTBOX_READER }),
    ...(config.OUTBOX_MAX_ROWS && { outboxMaxRows: config.OUTBOX_MAX_ROWS }),
  };
}

/** @throws HubError HUB_CONFIG_INVALID when a variable is missing that the protocol needs, or the CA file can't be read */
export function kafkaSecurityOf(config: KafkaConfig): KafkaSecurity {
  const protocol = config.KAFKA_SECURITY_PROTOCOL ?? 'PLAINTEXT';
  return {
    ...(protocol.endsWith('SSL') && { ssl: trusted(config.KAFKA_SSL_CA_FILE) }),
    ...(protocol.startsWith('SASL') && { sasl: credentials(config, protocol) }),
  };
}

/** HTTP Basic for the registry, or undefined without a user. @throws HubError HUB_CONFIG_INVALID */
export function registryAuthorizationOf(config: RegistryConfig): (() => string) | undefined {
  const { REGISTRY_USERNAME: user, REGISTRY_PASSWORD: password } = config;
  if (user === undefined && password === undefined) return undefined;
  const missing = missingOf({ REGISTRY_USERNAME: user, REGISTRY_PASSWORD: password });
  if (missing.length > 0) throw incomplete(missing, 'the registry’s other credential is set');
  const value = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  return () => value;
}

/** Copies of new topics' partitions; what is not set is chosen by the number of brokers. */
export function replicationOf(config: KafkaConfig): {
  readonly replicationFactor?: number;
  readonly minInsyncReplicas?: number;
} {
  const { KAFKA_REPLICATION_FACTOR: factor, KAFKA_MIN_INSYNC_REPLICAS: minInsync } = config;
  return {
    ...(factor !== undefined && { replicationFactor: factor }),
    ...(minInsync !== undefined && { minInsyncReplicas: minInsync }),
  };
}

function credentials(config: KafkaConfig, protocol: string): SaslCredentials {
  const { KAFKA_SASL_USERNAME: username, KAFKA_SASL_PASSWORD: password } = config;
  if (username === undefined || password === undefined)
    throw incomplete(
      missingOf({ KAFKA_SASL_USERNAME: username, KAFKA_SASL_PASSWORD: password }),
      `KAFKA_SECURITY_PROTOCOL is ${protocol}`,
    );
  const mechanism = (config.KAFKA_SASL_MECHANISM ?? 'SCRAM-SHA-512').toLowerCase();
  return { mechanism, username, password } as SaslCredentials;
}

function trusted(caFile: string | undefined): true | { readonly ca: string } {
  if (caFile === undefined) return true;
  try {
    return { ca: readFileSync(caFile, 'utf8') };
  } catch (error) {
    const problems = ['KAFKA_SSL_CA_FILE: cannot be read'];
    throw new HubError(
      'HUB_CONFIG_INVALID',
      `KAFKA_SSL_CA_FILE: ${caFile} cannot be read.`,
      { problems },
      { cause: error },
    );
  }
}

function missingOf(variables: Readonly<Record<string, string | undefined>>): readonly string[] {
  return Object.keys(variables).filter((name) => variables[name] === undefined);
}

function incomplete(missing: readonly string[], why: string): HubError {
  const problems = missing.map((name) => `${name}: is not set, though ${why}`);
  return new HubError('HUB_CONFIG_INVALID', `Wrong environment variables:\n  ${problems.join('\n  ')}`, { problems });
}
