// The folders and kinds of libs that the import rules speak of.

const FEATURES = [
  'atom-feed',
  'outbox',
  'golden-record',
  'reconciliation',
  'replay',
  'hub-file',
  'mirror',
  'record-index',
  'schema-changes',
];
/** `config` has a rule of its own: it reads the hub file, too. */
const SUPPORT = ['observability', 'auth', 'audit', 'secrets', 'outbound-http', 'webhooks'];
const ADAPTERS = ['messaging-kafka', 'store-postgres', 'jobs-bullmq', 'rate-limit-redis'];
const PURE = ['kernel', 'contracts', 'canonical'];
const OUTER_FOLDERS = ['stack', 'tools', 'demo', 'bench', 'test', 'models', 'examples'];

/** A pattern that matches any of the names. */
const anyOf = (names) => `(?:${names.join('|')})`;

const OURS = `^${anyOf(['libs', 'apps', 'connectors', ...OUTER_FOLDERS])}/`;

/** Specs, the suites that libs share with them, and what only tests import. */
const TESTS = '\\.(?:spec|contract)\\.(?:ts|mjs)$|/src/testing\\.ts$|/src/conformance/|^test/|^libs/testing/';

module.exports = { ADAPTERS, anyOf, FEATURES, OURS, OUTER_FOLDERS, PURE, SUPPORT, TESTS };
