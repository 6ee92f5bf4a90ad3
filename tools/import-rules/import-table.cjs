// Who may import whom among our own folders (docs/architecture.md).
const { ADAPTERS, anyOf, FEATURES, OURS, OUTER_FOLDERS, PURE, SUPPORT, TESTS } = require('./names.cjs');

/** Libs may import themselves, the libs named, and (checked by a rule of its own) `testing` from tests. */
function libsMayImport(name, comment, libs, allowed) {
  return {
    name,
    comment,
    severity: 'error',
    from: { path: `^libs/(${libs.join('|')})/` },
    to: { path: OURS, pathNot: `^libs/(?:$1|${['testing', ...allowed].join('|')})/` },
  };
}

const importTable = [
  libsMayImport('kernel-imports-nothing', 'kernel imports nothing of ours', ['kernel'], []),
  libsMayImport(
    'pure-libs-import-kernel',
    'contracts and canonical import kernel',
    ['contracts', 'canonical'],
    ['kernel'],
  ),
  libsMayImport('sdk-imports-pure-libs', 'connector-sdk imports kernel, contracts, canonical', ['connector-sdk'], PURE),
  libsMayImport('features-import-features', 'features import pure libs and features', FEATURES, [...PURE, ...FEATURES]),
  libsMayImport('support-imports-support', 'support imports kernel, contracts and support', SUPPORT, [
    'kernel',
    'contracts',
    ...SUPPORT,
  ]),
  libsMayImport(
    'config-imports-the-hub-file',
    'config imports what support may, and hub-file',
    ['config'],
    ['kernel', 'contracts', 'hub-file', ...SUPPORT],
  ),
  libsMayImport(
    'hub-client-imports-what-it-speaks-of',
    'hub-client imports pure libs, hub-file and connector-sdk',
    ['hub-client'],
    [...PURE, 'hub-file', 'connector-sdk'],
  ),
  {
    name: 'adapters-import-no-adapter',
    comment: 'an adapter imports any lib but another adapter, connector-host or access',
    severity: 'error',
    from: { path: `^libs/(${ADAPTERS.join('|')})/` },
    to: { path: `^libs/${anyOf([...ADAPTERS, 'connector-host', 'access'])}/`, pathNot: '^libs/$1/' },
  },
  {
    name: 'libs-import-no-program',
    comment: 'libs import no app or connector',
    severity: 'error',
    from: { path: `^libs/${anyOf([...ADAPTERS, 'connector-host', 'access', 'hub-runner', 'testing'])}/` },
    to: { path: '^(?:apps|connectors)/' },
  },
  {
    name: 'connectors-import-the-sdk',
    comment:
      'a connector imports connector-sdk, outbound-http, webhooks and pure libs; its main.ts also connector-host',
    severity: 'error',
    from: { path: '^connectors/([^/]+)/', pathNot: '^connectors/[^/]+/main\\.ts$' },
    to: {
      path: OURS,
      pathNot: `^connectors/$1/|^test/harness/|^libs/${anyOf(['testing', 'connector-sdk', 'outbound-http', 'webhooks', ...PURE])}/`,
    },
  },
  {
    name: 'connector-main-imports-the-host',
    comment: 'the main.ts of a connector imports what the connector may, and connector-host',
    severity: 'error',
    from: { path: '^connectors/([^/]+)/main\\.ts$' },
    to: { path: OURS, pathNot: `^connectors/$1/|^libs/${anyOf(['connector-host', 'connector-sdk', ...PURE])}/` },
  },
  {
    name: 'apps-import-libs',
    comment: 'an app imports any lib but connector-host; never another app or a connector',
    severity: 'error',
    from: { path: '^apps/([^/]+)/', pathNot: '^apps/all-in-one/' },
    to: { path: '^(?:apps|connectors)/|^libs/connector-host/', pathNot: '^apps/$1/' },
  },
  {
    name: 'pages-import-contracts',
    comment: 'the pages import nothing of ours but contracts, and of that types only: they run in a browser',
    severity: 'error',
    from: { path: '^apps/admin-web/' },
    to: { path: OURS, pathNot: '^apps/admin-web/', dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'pages-know-no-other-lib',
    comment: 'the pages know the types of contracts, of no other lib',
    severity: 'error',
    from: { path: '^apps/admin-web/' },
    to: { path: OURS, pathNot: '^apps/admin-web/|^libs/contracts/' },
  },
  {
    name: 'all-in-one-joins-modules',
    comment: 'all-in-one enters an app by its *.module.ts or start-*.ts and a connector by its connector.ts',
    severity: 'error',
    from: { path: '^apps/all-in-one/' },
    to: {
      path: '^(?:apps|connectors)/',
      pathNot: '^apps/all-in-one/|^apps/[^/]+/(?:[^/]+\\.module|start-[^/]+)\\.ts$|^connectors/[^/]+/connector\\.ts$',
    },
  },
  {
    name: 'outer-folders-import-libs',
    comment: 'stack, tools, demo, bench, models and examples import libs only (test also apps and connectors)',
    severity: 'error',
    from: { path: `^${anyOf(OUTER_FOLDERS.filter((folder) => folder !== 'test'))}/` },
    to: { path: '^(?:apps|connectors)/' },
  },
  {
    name: 'nothing-imports-outer-folders',
    comment: 'stack, tools, demo, bench, test, models and examples are imported by nobody',
    severity: 'error',
    from: { path: '^([^/]+)/' },
    to: { path: `^${anyOf(OUTER_FOLDERS)}/`, pathNot: '^$1/|^test/harness/' },
  },
  {
    name: 'harness-only-in-tests',
    comment: 'test/harness serves tests: those in test/, and the conformance specs of connectors',
    severity: 'error',
    from: { path: OURS, pathNot: TESTS },
    to: { path: '^test/harness/' },
  },
];

module.exports = { importTable };
