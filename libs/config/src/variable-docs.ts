// Imports nothing, so that `npm run generate` can read it before anything is built.

/** What one environment variable means; `.env.example` and `docs/configuration.md` are made of these. */
export interface VariableDoc {
  readonly name: string;
  readonly description: string;
  readonly example: string;
  /** Null: required where it is used. Empty: optional. */
  readonly default: string | null;
  readonly secret: boolean;
}

/** Every variable that Plumbline reads. */
export const VARIABLES: readonly VariableDoc[] = [
  doc('KAFKA_BROKERS', 'Kafka brokers, host:port, several by comma.', 'localhost:9092'),
  doc('KAFKA_SECURITY_PROTOCOL', 'PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL.', 'SASL_SSL', 'PLAINTEXT'),
  doc('KAFKA_SASL_MECHANISM', 'PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512.', 'SCRAM-SHA-512', 'SCRAM-SHA-512'),
  doc('KAFKA_SASL_USERNAME', 'User at Kafka; required with SASL_PLAINTEXT and SASL_SSL.', 'hub', ''),
  secret('KAFKA_SASL_PASSWORD', 'Password at Kafka; required with SASL_PLAINTEXT and SASL_SSL.', ''),
  doc(
    'KAFKA_SSL_CA_FILE',
    'PEM file of the authority that signed the brokers’ certificates; unset: the authorities that Node trusts.',
    '/etc/kafka/ca.pem',
    '',
  ),
  doc(
    'KAFKA_REPLICATION_FACTOR',
    'Copies of each partition of new topics; unset: 3, or one per broker if fewer.',
    '3',
    '',
  ),
  doc(
    'KAFKA_MIN_INSYNC_REPLICAS',
    'Copies that must have a record; unset: 2 where there are 3 copies, else 1.',
    '2',
    '',
  ),
  doc('REGISTRY_URL', 'Base of the schema registry’s Confluent API.', 'http://localhost:8080/apis/ccompat/v7'),
  doc('REGISTRY_USERNAME', 'User at the registry (HTTP Basic).', 'hub', ''),
  secret('REGISTRY_PASSWORD', 'Password at the registry; required with REGISTRY_USERNAME.', ''),
  {
    ...doc('DATABASE_URL', 'PostgreSQL; each service owns a schema in it.', 'postgres://hub@localhost/hub'),
    secret: true,
  },
  doc(
    'OUTBOX_READER',
    'polling, or streaming: events leave as soon as they commit; needs wal_level=logical and a user that may replicate.',
    'streaming',
    'polling',
  ),
  doc(
    'OUTBOX_MAX_ROWS',
    'Events that may wait for Kafka in one service’s outbox; then it takes no more until some have left.',
    '200000',
    '1000000',
  ),
  { ...doc('REDIS_URL', 'Valkey or Redis, for the job queues.', 'redis://localhost:6379'), secret: true },
  secret('PLUMBLINE_TOKEN', 'Bearer token of services and the CLI, with every right; at least 16 characters.', null),
  secret(
    'AUDIT_KEYS',
    'Keys that sign the audit, base64 of at least 32 bytes (`openssl rand -base64 32`), the newest first; older ones verify what they signed. Unset: made of PLUMBLINE_TOKEN, so that a new token needs the old one’s key to verify.',
    '',
  ),
  secret(
    'SECRET_KEYS',
    'Keys of secrets that are sealed in the hub file, id:base64 of 32 bytes (`echo k1:$(openssl rand -base64 32)`), several by comma, the newest first.',
    '',
  ),
  doc(
    'VAULT_ADDR',
    'HashiCorp Vault or OpenBao with secrets of the hub file (`${vault:PATH#FIELD}`); https, but for one on this machine.',
    'https://vault.example.com:8200',
    '',
  ),
  secret('VAULT_TOKEN', 'Token for the vault; instead: VAULT_TOKEN_FILE, or an AppRole.', ''),
  doc('VAULT_TOKEN_FILE', 'File with that token, such as an agent writes; read at each start.', '/run/vault/token', ''),
  doc('VAULT_ROLE_ID', 'AppRole (at auth/approle) that gets a token at each start.', 'connector-erp', ''),
  secret('VAULT_SECRET_ID', 'Secret id of the AppRole; instead: VAULT_SECRET_ID_FILE.', ''),
  doc('VAULT_SECRET_ID_FILE', 'File with that secret id.', '/run/secrets/vault-secret-id', ''),
  doc('VAULT_NAMESPACE', 'Namespace of the vault that is asked.', 'shops/eu', ''),
  doc(
    'VAULT_CACERT',
    'PEM file of the authority that signed the vault’s certificate; unset: the authorities that Node trusts.',
    '/etc/vault/ca.pem',
    '',
  ),
  doc(
    'OIDC_ISSUER',
    'OpenID provider whose access tokens the HTTP APIs take, as in their iss.',
    'https://id.example.com',
    '',
  ),
  doc('OIDC_AUDIENCE', 'What those tokens must be meant for (aud); required with OIDC_ISSUER.', 'plumbline', ''),
  doc(
    'OIDC_JWKS_URL',
    'Where the provider’s keys are; unset: as its discovery document says.',
    'https://id.example.com/jwks',
    '',
  ),
  doc(
    'OIDC_ROLES_CLAIM',
    'Claim with the roles, dots for nesting: a list, or words in a text.',
    'realm_access.roles',
    'roles',
  ),
  doc(
    'OIDC_CLIENT_ID',
    'Admin page: its client id at the provider. Unset: people sign in with passwords of the page’s own.',
    'plumbline-admin',
    '',
  ),
  secret(
    'OIDC_CLIENT_SECRET',
    'Admin page: its client secret at the provider. Unset: a public client (PKCE alone).',
    '',
  ),
  doc(
    'ADMIN_URL',
    'Where browsers reach the admin page. Its cookies are sent by https only where this is https; the provider sends people back to it.',
    'https://hub.example.com',
    '',
  ),
  doc('PLUMBLINE_SYSTEM', 'Connectors only: the system of the hub file that this process serves.', 'erp'),
  doc('PLUMBLINE_HUB_FILE', 'Path of the hub file.', 'plumbline.yaml', 'plumbline.yaml'),
  doc('PLUMBLINE_HTTP_HOST', 'Address that the HTTP APIs bind to.', '127.0.0.1', '127.0.0.1'),
  doc('PLUMBLINE_DATA_DIR', 'Folder for working files.', '.plumbline/data', '.plumbline/data'),
  doc('LOG_LEVEL', 'debug, info, warn, error or silent.', 'info', 'info'),
  doc('GOLDEN_URL', 'Where golden is found, if not on its port of the hub file.', 'http://golden:7701', ''),
  doc('RECONCILER_URL', 'Where the reconciler is found.', 'http://reconciler:7702', ''),
  doc('NOTIFIER_URL', 'Where the notifier is found.', 'http://notifier:7703', ''),
  doc('INDEXER_URL', 'Where the indexer is found.', 'http://indexer:7705', ''),
  doc(
    'PLUMBLINE_FAILPOINT',
    'For fault runs only: where a connector kills itself (failpoints.ts).',
    'writer:answered',
    '',
  ),
  doc('CONNECTOR_URLS', 'Where connectors are found, by system.', 'erp=http://erp:7710,shop=http://shop:7711', ''),
];

function doc(name: string, description: string, example: string, byDefault: string | null = null): VariableDoc {
  return { name, description, example, default: byDefault, secret: false };
}

/** No example: nobody should run with a published password. */
function secret(name: string, description: string, byDefault: string | null): VariableDoc {
  return { ...doc(name, description, '', byDefault), secret: true };
}
