// By which files a lib may be entered.
const { OURS, TESTS } = require('./names.cjs');

const faces = [
  {
    name: 'libs-enter-libs-by-their-face',
    comment: 'a lib enters another lib by its src/index.ts, its tests also by src/testing.ts',
    severity: 'error',
    from: { path: '^libs/([^/]+)/' },
    to: { path: '^libs/', pathNot: '^libs/$1/|^libs/[^/]+/src/(?:index|testing)\\.ts$' },
  },
  {
    name: 'programs-enter-libs-by-their-face',
    comment: 'everything else enters a lib by its src/index.ts, its tests also by src/testing.ts',
    severity: 'error',
    from: { path: OURS, pathNot: '^libs/' },
    to: { path: '^libs/', pathNot: '^libs/[^/]+/src/(?:index|testing)\\.ts$' },
  },
  {
    name: 'testing-only-in-tests',
    comment: 'shipped code imports neither the lib testing nor a suite in src/testing.ts',
    severity: 'error',
    from: { path: '^(?:apps|libs|connectors)/', pathNot: TESTS },
    to: { path: '^libs/testing/|^libs/[^/]+/src/testing\\.ts$' },
  },
  {
    name: 'hub-runner-only-outside',
    comment: 'shipped code does not import the lib that runs whole hubs for demo, bench and tests',
    severity: 'error',
    from: { path: '^(?:apps|libs|connectors)/', pathNot: `${TESTS}|^libs/hub-runner/` },
    to: { path: '^libs/hub-runner/' },
  },
  {
    name: 'no-cycles',
    comment: 'files import each other in one direction, types included',
    severity: 'error',
    from: {},
    to: { circular: true },
  },
];

module.exports = { faces };
