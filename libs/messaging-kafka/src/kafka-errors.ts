import { HubError, toHubError, type ErrorCode, type ErrorDetails } from '#kernel';

interface KafkaError {
  readonly name?: string;
  readonly type?: string;
  readonly code?: unknown;
  readonly message?: string;
  readonly retriable?: boolean;
  readonly cause?: unknown;
  readonly errors?: readonly unknown[];
}

const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);
const MISSING = new Set(['UNKNOWN_TOPIC_OR_PARTITION']);
/** The producer's session with the broker is over; a new producer goes on. */
const PRODUCER_SESSION = new Set([
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'DUPLICATE_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_PRODUCER_EPOCH',
  'PRODUCER_FENCED',
  'NOT_ENOUGH_REPLICAS',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
]);
/** Wrong credentials, or an ACL that is missing: a person must act, however often it is tried. */
const UNAUTHORISED = /_AUTHORIZATION_FAILED$|^(SASL_AUTHENTICATION_FAILED|UNSUPPORTED_SASL_MECHANISM)$/;
/** Node's codes for a certificate that the CA file does not vouch for, that is out of date, or of another host. */
const UNTRUSTED = /CERT|^UNABLE_TO_/;
/** All that kafkajs tells when every broker refused to name the group's coordinator, as without the right to read it. */
const HIDDEN_REFUSAL = 'KafkaJSGroupCoordinatorNotFound';
const SOCKET_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EHOSTUNREACH']);

/** True for an error of kafkajs itself: inside a consumer's batch it must leave the handler, so that the group rejoins. */
export function isKafkaError(error: unknown): boolean {
  return typeof error === 'object' && error !== null && String((error as KafkaError).name).startsWith('KafkaJS');
}

/** Classifies what kafkajs threw; a HubError passes unchanged, an error that is none of Kafka's is a crash. */
export function toBrokerError(error: unknown, details: ErrorDetails = {}): HubError {
  const root = rootOf(error);
  if (root instanceof HubError) return root;
  const code = codeOf(root);
  if (code === null) return toHubError(error);
  const facts = root.type === undefined ? details : { ...details, type: root.type };
  return new HubError(code, `Kafka: ${messageOf(root)}`, facts, {
    cause: error,
    // A producer must not skip what is too large: someone has to raise the topic's limit.
    ...(code === 'HUB_PAYLOAD_TOO_LARGE' ? { disposition: 'stop' as const } : {}),
  });
}

function messageOf(root: KafkaError): string {
  const message = root.message ?? String(root.name);
  return root.name === HIDDEN_REFUSAL ? `${message}; may this user read the consumer group?` : message;
}

function codeOf(root: KafkaError): ErrorCode | null {
  const type = root.type ?? '';
  if (MISSING.has(type)) return 'HUB_TOPIC_MISSING';
  if (TOO_LARGE.has(type)) return 'HUB_PAYLOAD_TOO_LARGE';
  if (isUnauthorised(root)) return 'HUB_BROKER_UNAUTHORISED';
  if (isTransient(root)) return 'HUB_BROKER_UNREACHABLE';
  return isKafkaError(root) ? 'HUB_BROKER_REJECTED' : null;
}

function isUnauthorised({ name, type = '', code }: KafkaError): boolean {
  if (name === 'KafkaJSSASLAuthenticationError' || name === HIDDEN_REFUSAL) return true;
  return UNAUTHORISED.test(type) || UNTRUSTED.test(String(code));
}

function isTransient(root: KafkaError): boolean {
  if (PRODUCER_SESSION.has(root.type ?? '') || SOCKET_CODES.has(String(root.code))) return true;
  return isKafkaError(root) && root.retriable === true;
}

/**
 * The innermost error: kafkajs wraps the reason in 'number of retries exceeded' and the like. One of ours is classified
 * already, whatever its own cause is.
 */
function rootOf(error: unknown): KafkaError {
  let root = (error ?? {}) as KafkaError;
  for (let depth = 0; depth < 10 && !(root instanceof HubError); depth += 1) {
    const inner = root.cause ?? root.errors?.[0];
    if (typeof inner !== 'object' || inner === null) return root;
    root = inner;
  }
  return root;
}
