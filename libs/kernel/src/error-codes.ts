/**
 * Every error code of Plumbline with its default disposition and what an operator should do.
 * A code is never reused for another meaning. `docs/errors.md` is generated from this table.
 */
export const ERROR_CODES = {
  HUB_CONFIG_INVALID: ['stop', 'Correct the named environment variables or hub-file lines and start again.'],
  HUB_FILE_INVALID: ['stop', 'Correct the hub file at the lines shown; `plumbline check` lists all problems.'],
  HUB_UNAUTHORISED: [
    'stop',
    'Send the bearer token that the hub printed at its start (PLUMBLINE_TOKEN), an API key, or a token of your provider.',
  ],
  HUB_FORBIDDEN: ['stop', 'Ask for a role that has the permission named (docs/access.md lists the roles).'],
  HUB_RATE_LIMITED: [
    'retry',
    'Wait as long as Retry-After says; the limit is access.requestsPerMinute of the hub file.',
  ],
  HUB_IDENTITY_UNREACHABLE: ['retry', 'Start the identity provider or correct OIDC_ISSUER and OIDC_JWKS_URL.'],
  HUB_VAULT_UNREACHABLE: ['retry', 'Start the vault, or correct VAULT_ADDR and VAULT_CACERT; then start again.'],
  HUB_VAULT_SEALED: ['retry', 'Unseal the vault (`bao operator unseal` or `vault operator unseal`); then start again.'],
  HUB_VAULT_REFUSED: [
    'stop',
    'Renew the token or AppRole, or let its policy read the path that the message names; see VAULT_NAMESPACE, too.',
  ],
  HUB_VAULT_SECRET_MISSING: [
    'stop',
    'Write the secret, or correct its path or field in the hub file: in KV version 2 a path has data/ after its mount (secret/data/erp).',
  ],
  HUB_SECOND_PERSON_NEEDED: ['stop', 'Your wish is kept: now somebody else, with the same permission, does the same.'],
  HUB_WEBHOOK_REFUSED: [
    'stop',
    'Compare secret and clock of the sender with the hub file; nothing is lost, the system is polled.',
  ],
  HUB_NOT_FOUND: ['park', 'Check the spelling of the system, entity or key.'],
  HUB_REQUEST_INVALID: ['park', 'Correct the request as the message says.'],
  HUB_SOURCE_UNREACHABLE: [
    'retry',
    'Start the system or correct its address; what it missed is delivered when it returns.',
  ],
  HUB_SOURCE_TIMEOUT: ['retry', 'The system is slow; nothing is lost. Raise its time-out if this lasts.'],
  HUB_SOURCE_ERROR: ['retry', 'The system answered an error; see the cause in its own log.'],
  HUB_SOURCE_UNAUTHORISED: ['stop', 'Correct the credentials or rights of this system.'],
  HUB_SOURCE_SCHEMA: ['stop', 'A mapped table, column or file field is missing: correct the mapping in the hub file.'],
  HUB_SOURCE_RESTORED: [
    'stop',
    'The system went back in time (restored from a backup?). `plumbline restored SYSTEM` shows what differs; choose whose state counts.',
  ],
  HUB_RECORD_UNMAPPABLE: ['park', 'The record is listed under rejected; correct it in its system.'],
  HUB_KEY_DUPLICATE: ['park', 'Two live records have one key; remove or renumber one of them.'],
  HUB_KEY_CHANGED: ['park', 'The key of a record changed; a rename is done by an admin.'],
  HUB_PRECONDITION_FAILED: ['reload', 'Someone else wrote first; the hub reads again by itself.'],
  HUB_VERSION_CONFLICT: ['reload', 'Someone else wrote first; the hub reads again by itself.'],
  HUB_MODE_NEEDS_ADOPT: [
    'stop',
    'The system differs from the hub: run `plumbline plan` and settle what differs first.',
  ],
  HUB_LIMIT_EXCEEDED: ['park', 'See `plumbline status`; then `plumbline approve ID` or `plumbline reject ID`.'],
  HUB_APPROVAL_STALE: ['reload', 'Rows moved since this digest was shown; look again and approve the new digest.'],
  HUB_BROKER_UNREACHABLE: ['retry', 'Start Kafka or correct KAFKA_BROKERS; events wait in the outbox.'],
  HUB_BROKER_UNAUTHORISED: [
    'stop',
    'Correct KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD or KAFKA_SSL_CA_FILE; or grant the user the ACL that the message names.',
  ],
  HUB_OUTBOX_FULL: [
    'retry',
    'As many events wait as OUTBOX_MAX_ROWS allows: start Kafka, or see plumbline_outbox_parked_rows. Nothing is lost; it goes on by itself when the relay has caught up.',
  ],
  HUB_BROKER_REJECTED: ['stop', 'Kafka refused the request; see the message.'],
  HUB_TOPIC_MISSING: ['stop', 'Run `plumbline apply`, which creates the topics.'],
  HUB_REGISTRY_UNREACHABLE: ['retry', 'Start the schema registry or correct REGISTRY_URL.'],
  HUB_SCHEMA_INCOMPATIBLE: ['stop', 'A schema broke compatibility: add a new major version instead.'],
  HUB_SCHEMA_UNKNOWN: ['park', 'The message names a schema id that the registry does not know.'],
  HUB_PAYLOAD_INVALID: ['park', 'The message does not fit its schema; it is in the dead-letter topic.'],
  HUB_SCHEMA_UNSAFE: [
    'park',
    'A foreign schema is beyond the limits of what is read; see the message, and who registered it. The message is in the dead-letter topic.',
  ],
  HUB_PAYLOAD_UNSAFE: [
    'park',
    'The value claims more than it holds, or uses a reserved name as a key: find out who wrote it. It is in the dead-letter topic.',
  ],
  HUB_BATCH_TOO_LARGE: [
    'stop',
    'A compressed batch of the topic unpacks to more than the hub reads at once; nothing was skipped. Find out who wrote it, and let them write smaller batches.',
  ],
  HUB_BATCH_UNREADABLE: [
    'stop',
    'A batch of the topic is damaged, or packed in a way that is not read here; the message says which. Nothing was skipped. Look at the disks of the broker and at who wrote it.',
  ],
  HUB_HELD_BEHIND: [
    'park',
    'An earlier message of this key is parked, and facts are not handled out of order. Retry, edit or discard that one (`plumbline dead-letters`): what waits behind it follows in order.',
  ],
  HUB_PAYLOAD_TOO_LARGE: ['park', 'The record is larger than the topic allows.'],
  HUB_DATABASE_UNREACHABLE: ['retry', 'Start PostgreSQL or correct DATABASE_URL.'],
  HUB_DATABASE_CONFLICT: ['reload', 'A serialisation failure or deadlock; the hub tries again by itself.'],
  HUB_DATABASE_OLD: [
    'stop',
    'Start again: a database restored from a backup goes on from its topics. Where the topics are older than the database, restore them.',
  ],
  HUB_LEASE_LOST: ['crash', 'Another process took over; this one restarts and goes on as a standby.'],
  HUB_QUEUE_UNREACHABLE: ['retry', 'Start Valkey or Redis, or correct REDIS_URL; rounds go on by themselves.'],
  HUB_SCAN_INCOMPLETE: ['retry', 'The scan ended early; nothing was decided from it.'],
  HUB_SCAN_CURSOR_EXPIRED: [
    'reload',
    'The system no longer knows the place at which the scan was; the hub begins the scan anew by itself.',
  ],
  HUB_SEED_TARGET_INVALID: ['stop', 'The seed target is not empty or belongs to another topic; choose another table.'],
  HUB_SEED_HISTORY_GONE: [
    'stop',
    'The history topic has lost its beginning, so nobody can say what the state at that time was: choose a time without --as-of, or ask golden for single records (`plumbline explain`).',
  ],
  HUB_SEED_BUSY: [
    'retry',
    'The message names the other seed: wait for its end, or abort it on the page. After a kill its lease ends by itself within half a minute.',
  ],
  HUB_SEED_ENDED: ['stop', 'Nothing was changed. A new seed into the same target goes on where this one ended.'],
  HUB_SEED_DIFFERS: [
    'stop',
    'Nothing was written into the target. Reconcile first (`plumbline reconcile`), so that the guard judges what changed; or accept what differs with --accept-differences.',
  ],
  HUB_SEED_UNPROVEN: [
    'stop',
    'The target was filled, and no certificate was kept: the message says why. `plumbline seed check` names the messages and keys; correct them, or seed into a new target.',
  ],
  HUB_REPLAY_REFUSED: [
    'stop',
    'The message says why; nothing was written. A replay writes into a lane (--lane GROUP) or a topic of its own, never into the topics of the hub.',
  ],
  HUB_REPLAY_BUSY: [
    'retry',
    '`plumbline replay list` shows the other one: wait for its end, or `plumbline replay abort ID`. After a kill its lease ends by itself within half a minute.',
  ],
  HUB_GROUP_ACTIVE: ['stop', 'Stop all members of the group; then repeat the command. Nothing was changed.'],
  HUB_SERVICE_UNREACHABLE: [
    'retry',
    'Start it (`plumbline up`), or correct its address (GOLDEN_URL, RECONCILER_URL, CONNECTOR_URLS).',
  ],
  HUB_INVARIANT_BROKEN: ['crash', 'A bug in Plumbline: please report it with the details shown.'],
} as const satisfies Record<string, readonly [Disposition, string]>;

/** What the runtime does with an error of this kind (style guide, "Errors"). */
export type Disposition = 'retry' | 'reload' | 'park' | 'stop' | 'crash';

/** A code listed in {@link ERROR_CODES}. */
export type ErrorCode = keyof typeof ERROR_CODES;
