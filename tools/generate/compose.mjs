// The parts of docker-compose.yml and of the balancer that list connectors: one service for each system of the example
// hub file, and one behind a profile for each other connector, so that a new folder needs no entry by hand.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const HUB_FILE = 'examples/two-databases/plumbline.yaml';
const DEFAULT_PORT = 7700;
const OFFSETS = { golden: 1, reconciler: 2, notifier: 3, gateway: 4, indexer: 5, connectors: 10 };

/** The files by path; of docker-compose.yml only what is between its markers changes. */
export function generateCompose(root) {
  const text = readFileSync(join(root, HUB_FILE), 'utf8');
  const compose = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
  const layout = layOut(parse(text), connectorKinds(root));
  return {
    'docker-compose.yml': between(
      between(compose, "connectors' variables", variablesPart(text, layout)),
      'connectors',
      servicesPart(layout),
    ),
    'deploy/balancer/services.conf': balancerPart(layout),
  };
}

/** Which process serves what, at which port. Pure. */
export function layOut({ hub, systems }, kinds) {
  const base = hub.port ?? DEFAULT_PORT;
  const inUse = Object.entries(systems).map(([id, { connector }]) => ({ id, kind: connector, profile: null }));
  const unused = kinds.filter((kind) => !inUse.some((system) => system.kind === kind));
  const spare = unused.map((kind) => ({ id: kind, kind, profile: kind }));
  return {
    golden: base + OFFSETS.golden,
    reconciler: base + OFFSETS.reconciler,
    notifier: base + OFFSETS.notifier,
    gateway: base + OFFSETS.gateway,
    indexer: base + OFFSETS.indexer,
    connectors: [...inUse, ...spare].map((one, index) => ({ ...one, port: base + OFFSETS.connectors + index })),
  };
}

/**
 * The text with other lines between the two markers of this name.
 * @throws when a marker is missing: a list must not silently stay as it is.
 */
export function between(text, name, lines) {
  const marked = new RegExp(`^( *)# BEGIN ${name}:.*\\n([^]*?)^ *# END ${name}$`, 'm');
  const found = marked.exec(text);
  if (!found) throw new Error(`docker-compose.yml has no markers "# BEGIN ${name}:" and "# END ${name}"`);
  const [all, indent, old] = found;
  const indented = lines.map((line) => (line === '' ? '\n' : `${indent}${line}\n`)).join('');
  return text.replace(all, () => all.replace(`\n${old}`, () => `\n${indented}`));
}

function variablesPart(hubText, { golden, reconciler, notifier, indexer, connectors }) {
  const references = [...new Set([...hubText.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name))];
  const urls = connectors.map(({ id, port }) => `${id}=http://connector-${id}:${port}`);
  return [
    '# What the hub file refers to: every process reads the file.',
    `x-systems: &systems${references.length === 0 ? ' {}' : ''}`,
    ...references.map((name) => `  ${name}: \${${name}:?set it in .env, since ${HUB_FILE} refers to it}`),
    '',
    '# Where services find each other.',
    'x-addresses: &addresses',
    `  GOLDEN_URL: http://golden:${golden}`,
    `  RECONCILER_URL: http://reconciler:${reconciler}`,
    `  NOTIFIER_URL: http://notifier:${notifier}`,
    `  INDEXER_URL: http://indexer:${indexer}`,
    `  CONNECTOR_URLS: ${urls.join(',')}`,
  ];
}

function servicesPart({ connectors }) {
  return connectors.flatMap((connector, index) => [...(index > 0 ? [''] : []), ...service(connector)]);
}

function service({ id, kind, profile, port }) {
  return [
    ...(profile ? [`# For a hub file that has a system "${id}" in this place; start it by --profile ${profile}.`] : []),
    `connector-${id}:`,
    '  <<: *connector',
    ...(profile ? [`  profiles: [${profile}]`] : []),
    `  command: [dist/connectors/${kind}/main.js]`,
    '  environment:',
    '    <<: [*environment, *addresses]',
    `    PLUMBLINE_SYSTEM: ${id}`,
    '  healthcheck:',
    '    <<: *health',
    `    test: [CMD, node, deploy/health.mjs, 'http://127.0.0.1:${port}/health/live']`,
  ];
}

function balancerPart({ golden, reconciler, notifier, gateway, indexer, connectors }) {
  const one = (variable, address) => `map '' $${variable} {\n  default ${address};\n}\n`;
  const cases = connectors.map(({ id, port }) => `  ${id} connector-${id}:${port};\n`).join('');
  return [
    `# Generated from ${HUB_FILE} and connectors/ by \`npm run generate\`.\n`,
    one('golden_address', `golden:${golden}`),
    one('reconciler_address', `reconciler:${reconciler}`),
    one('notifier_address', `notifier:${notifier}`),
    one('gateway_address', `gateway:${gateway}`),
    one('indexer_address', `indexer:${indexer}`),
    `map $system $connector_address {\n  default '';\n${cases}}\n`,
  ].join('');
}

function connectorKinds(root) {
  return readdirSync(join(root, 'connectors'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(root, 'connectors', entry.name, 'main.ts')))
    .map((entry) => entry.name)
    .sort();
}
