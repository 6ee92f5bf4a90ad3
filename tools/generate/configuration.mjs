// docs/configuration.md and .env.example, from the list of variables and from docker-compose.yml.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import typescript from 'typescript';

const SOURCE = 'libs/config/src/variable-docs.ts';
const MADE = 'for example by `openssl rand -hex 24`; it becomes part of a URL';

/** What only docker-compose.yml reads. */
const COMPOSE_ONLY = {
  POSTGRES_PASSWORD: `Password of the hub’s user at PostgreSQL, ${MADE}.`,
  VALKEY_PASSWORD: `Password of Valkey, ${MADE}.`,
  READER_PASSWORD: `Password of the user \`reader\`, which may only read the two example databases, ${MADE}.`,
  GOLDEN_REPLICAS: 'Processes of golden.',
  RECONCILER_REPLICAS: 'Processes of the reconciler.',
  INDEXER_REPLICAS: 'Processes of the indexer.',
  BALANCER_ADDRESS: 'Address of this machine on which the balancer listens.',
  BALANCER_PORT: 'Its port.',
  ADMIN_ADDRESS: 'Address of this machine on which the admin page listens.',
  ADMIN_PORT: 'Its port.',
  EXCHANGE_FOLDER: 'Folder of file connectors on this machine; they see it as /exchange.',
  KAFKA_CLUSTER_ID: 'Id with which Kafka’s volume is formatted.',
  PLUMBLINE_VERSION: 'Tag of the image.',
};
/** Variables of the example hub file. */
const EXAMPLE_SYSTEMS = {
  ERP_URL: 'postgres://reader:${READER_PASSWORD}@postgres:5432/erp',
  SHOP_URL: 'postgres://reader:${READER_PASSWORD}@postgres:5432/shop',
};

/** The files by path; `compose` is the text of docker-compose.yml. */
export async function generateConfiguration(root, compose) {
  const variables = await readVariables(root);
  return {
    'docs/configuration.md': configurationPage(variables),
    '.env.example': envExample(variables, compose),
  };
}

/** VARIABLES of the config lib. Its file imports nothing, so that it can be run without a build. */
export async function readVariables(root) {
  const text = readFileSync(join(root, SOURCE), 'utf8');
  const options = { target: typescript.ScriptTarget.ES2022, module: typescript.ModuleKind.ESNext };
  const { outputText } = typescript.transpileModule(text, { compilerOptions: options });
  const address = `data:text/javascript;base64,${Buffer.from(outputText).toString('base64')}`;
  const { VARIABLES } = await import(address);
  if (!VARIABLES) throw new Error(`${SOURCE} exports no VARIABLES`);
  return VARIABLES;
}

/** The variables that a compose file takes, in its order. Pure. */
export function composeVariables(compose) {
  const found = new Map();
  for (const [, name, operator, fallback] of compose.matchAll(/(?<!\$)\$\{(\w+)(?:(:?[-?])([^${}]*))?/g)) {
    const isRequired = operator?.endsWith('?') || found.get(name)?.isRequired || false;
    const byDefault = operator?.endsWith('-') ? fallback : (found.get(name)?.byDefault ?? '');
    found.set(name, { name, isRequired, byDefault });
  }
  return [...found.values()];
}

/** Pure. @throws when docker-compose.yml takes a variable that nobody described */
export function envExample(variables, compose) {
  const described = composeVariables(compose).map((one) => ({ ...one, ...describe(variables, one) }));
  // Compose fills in only what stands further up.
  const taken = described.sort((a, b) => Number(a.value.includes('${')) - Number(b.value.includes('${')));
  const lines = ({ name, description, value }, prefix) => [`# ${description}`, `${prefix}${name}=${value}`, ''];
  return [
    '# Generated from docker-compose.yml and libs/config by `npm run generate`. Copy it to .env, which git ignores.',
    '',
    '# --- docker-compose.yml asks for these ---',
    '',
    ...taken.filter(({ isRequired }) => isRequired).flatMap((one) => lines(one, '')),
    '# --- and knows a default for these ---',
    '',
    ...taken.filter(({ isRequired }) => !isRequired).flatMap((one) => lines(one, '# ')),
  ].join('\n');
}

function describe(variables, { name, byDefault }) {
  const known = variables.find((variable) => variable.name === name);
  if (known) return { description: known.description, value: known.secret ? '' : byDefault };
  if (name in EXAMPLE_SYSTEMS)
    return { description: 'The example hub file refers to it.', value: EXAMPLE_SYSTEMS[name] };
  if (!(name in COMPOSE_ONLY)) throw new Error(`docker-compose.yml takes ${name}, which nothing describes`);
  return { description: COMPOSE_ONLY[name], value: byDefault };
}

function configurationPage(variables) {
  return [
    `<!-- Generated from ${SOURCE} by \`npm run generate\`. -->`,
    '# Configuration',
    '',
    'Every process reads its configuration from the environment, names all problems at once and never shows a value. An empty',
    'variable counts as unset.',
    '',
    '| variable | meaning | default | example |',
    '| --- | --- | --- | --- |',
    ...variables.map(row),
    '',
    ...HUB_FILE_NOTES,
    '',
    ...ACCESS_NOTES,
    '',
    ...STORE_NOTES,
    '',
    ...SECRET_NOTES,
    '',
    ...SECURITY_NOTES,
    '',
  ].join('\n');
}

function row({ name, description, example, default: byDefault, secret }) {
  const fallback = byDefault === null ? 'required' : byDefault === '' ? '' : `\`${byDefault}\``;
  const shown = example === '' ? '' : `\`${example}\``;
  return `| \`${name}\` | ${description}${secret ? ' Secret.' : ''} | ${fallback} | ${shown} |`;
}

const HUB_FILE_NOTES = [
  '## What the reconciler keeps',
  '',
  'In the hub file, under `reconcile`:',
  '',
  '| setting | meaning | default |',
  '| --- | --- | --- |',
  '| `every` | Time between two rounds of one entity of one system. | `1h` |',
  '| `keepRounds` | So long a round that ended is kept, with its drift and its hold; at least `1d`. | `90d` |',
  '| `keepAudit` | So long an entry of the reconciler’s audit is kept; at least `1d`. | `400d` |',
  '| `categories` | Fields, by entity, whose values tell drift apart: `{ product: [brand, taxClass] }`; at most 8, a text or true and false, with few values. Their values are kept with the drift and shown in reports: name no personal data. | product `[category, brand]`, price `[currency]`, customer `[country, priceGroup]` |',
  '| `maxRateShare` | Share (0.01–1) of the rate of a system’s account that rounds may take; live calls come first all the same. | `0.2` |',
  '',
  'Once an hour, and at its start, the reconciler forgets what is older, in batches of 2,000. A round that is under way or held',
  'stays, however old, and so does the last one of each system and entity. What was published to `hub.drift.v1` and `hub.audit.v1`',
  'stays there: nothing is deleted from those topics.',
  '',
  '## Objectives',
  '',
  'In the hub file, `objectives` is a list. An entry holds for the stores that its `system` and `entity` name, for all without them; of two that',
  'say the same of a store the later one counts.',
  '',
  '```yaml',
  'objectives:',
  '  - { confirmedEqual: 99.9%, within: 24h, converge: { p99: 5m }, openDrift: { oldest: 1h } }',
  '  - { system: shop, entity: price, converge: { p99.9: 1m } }',
  '```',
  '',
  '| setting | meaning | error budget |',
  '| --- | --- | --- |',
  '| `confirmedEqual` | This share of all keys was found equal to what the hub wants there, by the last complete round that began within the window. What is due, being written, parked, unreadable or yet to be created is not equal; what the round repaired and read again is. | the other keys |',
  '| `within` | The window of `confirmedEqual` and `converge`, up to `28d`; `24h` without it. | |',
  '| `converge` | This share of the drift repaired within the window was proved gone so soon after the scan that first found it: `{ p99: 5m }`. Drift still open counts for `openDrift`. | the slower repairs |',
  '| `openDrift` | No open changed or missing record was found longer ago: `{ oldest: 1h }`. | none |',
  '',
  '`plumbline status` and `plumbline report` say met or missed, and what of the budget is used; so do the metrics (without `plumbline_reconciler_`):',
  '',
  '| metric | labels |',
  '| --- | --- |',
  '| `open_drift_records` | `system`, `entity`, `kind` |',
  '| `open_drift_oldest_age_seconds`, `confirmed_equal_ratio` | `system`, `entity` |',
  '| `converge_seconds` (histogram) | `system`, `entity` |',
  '| `objective_met`, `error_budget_allowed`, `error_budget_used` | `system`, `entity`, `objective` |',
];

const ACCESS_NOTES = [
  '## Who may do what',
  '',
  'In the hub file, under `access` ([docs/access.md](access.md) lists the roles that every hub has):',
  '',
  '| setting | meaning | default |',
  '| --- | --- | --- |',
  '| `roles.NAME.grants` | Permissions `resource:verb`, `*` for all; `*` stands for no private resource (personal, audit, access, secret). | |',
  '| `roles.NAME.entities`, `.systems`, `.topicPrefixes` | What the grants are limited to; what lies beyond does not exist for the role. | everything |',
  '| `fourEyesAbove` | Approvals of more records than this need a second person. | nobody is asked |',
  '| `auditsReads` | Whether the audit also keeps who read what; acts and exports are always kept. | `false` |',
  '| `requestsPerMinute` | Of one person or key; the service token is not counted. | `600` |',
  '| `loginsPerMinute` | Wrong credentials of one address. | `30` |',
];

const STORE_NOTES = [
  '## Stores that the page may seed',
  '',
  'In the hub file, `stores` names PostgreSQL databases of teams, which the admin page fills from golden topics',
  '([ADR 29](adr/0029-seeds-certificates-and-feeds.md)). A page names the store and a table; it never sees the address.',
  '',
  '```yaml',
  'stores:',
  "  shop: { url: '${SHOP_STORE_URL}' }",
  "  pos: { url: 'postgres://plumbline:${POS_PASSWORD}@pos.local/pos', schema: golden }",
  '```',
  '',
  '| setting | meaning | default |',
  '| --- | --- | --- |',
  '| `NAME.url` | Its address, as a reference or with the password as one: a password does not stand in the hub file. Its user makes tables and a view in the schema. | |',
  '| `NAME.schema` | Schema that tables are made in; it must be there. | `public` |',
  '',
  'Every process of the hub reads the whole hub file, so the variables are set for all of them.',
];

const SECRET_NOTES = [
  '## Secrets in the hub file',
  '',
  '`${NAME}` is an environment variable, `${file:/run/secrets/erp}` the text of a file, `${sealed:v1.…}` a secret that stands there',
  'encrypted: `plumbline secrets seal` makes it for one field, `SECRET_KEYS` opens it, and in another field it opens for nobody. To',
  'rotate, put a new key in front of `SECRET_KEYS`, run `plumbline secrets rotate`, start the services again, then take the old key out.',
  '',
  '`${vault:secret/data/erp#password}` is a field of a secret in HashiCorp Vault or OpenBao, by its path in the HTTP API: KV version 2 has',
  '`data/` after its mount, version 1 (`${vault:kv/erp#password}`) has not. `VAULT_ADDR` names the vault; a token (`VAULT_TOKEN`,',
  '`VAULT_TOKEN_FILE`) or an AppRole (`VAULT_ROLE_ID`) asks, and needs `read` on those paths. A process asks at its start, and only for what it',
  'uses: a connector for its own system, the notifier for `webhooks`, the admin page for `stores`, `plumbline up` for all. So give each',
  'connector an AppRole of its own. A vault that is away or sealed is waited for during a minute; then, and at once where a secret is refused',
  'or missing, the process ends with `HUB_VAULT_UNREACHABLE`, `HUB_VAULT_SEALED`, `HUB_VAULT_REFUSED` or `HUB_VAULT_SECRET_MISSING`, and',
  'the message names the place in the hub file. `plumbline check` looks all of them up where `VAULT_ADDR` is set for it, and needs no vault',
  'else. A secret that was changed in the vault is read at the next start ([ADR 38](adr/0038-secrets-in-a-vault.md)).',
];

const SECURITY_NOTES = [
  '## Kafka with SASL, TLS and ACLs',
  '',
  'With `KAFKA_SECURITY_PROTOCOL=SASL_SSL` the user needs these rights, where `PREFIX` is the hub file’s `hub.topicPrefix`:',
  '',
  '| resource (prefixed) | operations |',
  '| --- | --- |',
  '| topics `PREFIX` | Create, DescribeConfigs, Read, Write |',
  '| groups `PREFIX` | Read |',
  '| groups `plumbline-reader-` | Read, Delete (seeds; connectors reading their own topics again) |',
  '',
  'A wrong password, a certificate of another authority and a missing right stop the process with `HUB_BROKER_UNAUTHORISED`; the',
  'message says which topic or group. `test/real/kafka-sasl-ssl.real.spec.ts` runs against such a broker, with these rights.',
  '',
  '## Registry',
  '',
  '`REGISTRY_USERNAME` and `REGISTRY_PASSWORD` are sent as HTTP Basic. For an https registry of a private authority give Node its',
  'certificate: `NODE_EXTRA_CA_CERTS=/certificates/ca.pem`.',
  '',
  '## PostgreSQL and Valkey with TLS',
  '',
  '`DATABASE_URL`, and the URLs of SQL systems in a hub file, take `?sslmode=verify-full&sslrootcert=/certificates/ca.pem`;',
  '`sslmode=no-verify` encrypts without looking at the certificate. `REDIS_URL` with `rediss://` uses TLS.',
];
