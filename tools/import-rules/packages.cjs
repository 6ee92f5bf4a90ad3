// Which of our folders may use which package.
const { ADAPTERS, anyOf, OURS, PURE, TESTS } = require('./names.cjs');

const { devDependencies } = require('../../package.json');

const DEV_PACKAGES = Object.keys(devDependencies).filter((name) => !name.startsWith('@types/'));

/** Packages that only the given places may import, types included. */
function onlyIn(name, comment, packages, homes) {
  return {
    name,
    comment,
    severity: 'error',
    from: { path: OURS, pathNot: homes },
    to: { path: `(?:^|/)node_modules/${anyOf(packages)}/` },
  };
}

const packageHomes = [
  onlyIn(
    'kafka-only-in-messaging-kafka',
    'kafkajs, avsc and the registry client live in messaging-kafka; benches, tests and examples may use them raw',
    ['kafkajs', 'avsc', '@kafkajs'],
    '^libs/messaging-kafka/|^(?:bench|test|examples)/|^tools/schemas/[^/]+\\.spec\\.mjs$',
  ),
  onlyIn(
    'typeorm-only-in-store-postgres',
    'typeorm lives in store-postgres',
    ['typeorm', '@nestjs/typeorm'],
    '^libs/store-postgres/|^examples/',
  ),
  onlyIn('bullmq-only-in-jobs-bullmq', 'bullmq lives in jobs-bullmq', ['bullmq'], '^libs/jobs-bullmq/'),
  onlyIn(
    'redis-only-in-its-adapters',
    'ioredis lives in jobs-bullmq and rate-limit-redis',
    ['ioredis', 'rate-limiter-flexible'],
    '^libs/(?:jobs-bullmq|rate-limit-redis)/',
  ),
  onlyIn('jose-only-in-auth', 'jose lives in auth; tests sign tokens with it', ['jose'], '^libs/auth/|^test/'),
  onlyIn(
    'openid-client-only-in-admin',
    'people sign in at a provider on the admin page only',
    ['openid-client'],
    '^apps/admin/',
  ),
  onlyIn(
    'pg-only-at-databases',
    'pg is used by store-postgres, the sql connector, demo, bench and tests',
    ['pg', '@types/pg'],
    '^libs/store-postgres/|^connectors/sql/|^(?:demo|bench|test|examples)/|\\.spec\\.ts$',
  ),
  onlyIn(
    'mysql-only-in-sql',
    'mysql2 is used by the sql connector and tests',
    ['mysql2'],
    '^connectors/sql/|^test/|\\.spec\\.ts$',
  ),
  onlyIn(
    'drop-formats-only-in-files',
    'ssh2 and saxes are used by the files connector and tests',
    ['ssh2', '@types/ssh2', 'saxes'],
    '^connectors/files/|^test/|\\.spec\\.ts$',
  ),
  onlyIn(
    'web-packages-only-in-pages',
    'what runs in a browser is used by the pages only; Vite by the tools that build them',
    ['react', 'react-dom', 'react-router', '@tanstack', '@radix-ui'],
    '^apps/admin-web/',
  ),
  {
    name: 'nest-only-at-the-edge',
    comment: 'Nest lives in apps, connector-host, the main.ts of connectors, auth, observability and adapters',
    severity: 'error',
    from: {
      path: '^(?:apps|libs|connectors)/',
      pathNot: `^apps/(?!admin-web/)|^libs/${anyOf(['connector-host', 'auth', 'observability', ...ADAPTERS])}/|^connectors/[^/]+/main\\.ts$`,
    },
    to: { path: `(?:^|/)node_modules/${anyOf(['@nestjs', 'reflect-metadata'])}/` },
  },
  {
    name: 'kernel-has-no-package',
    comment: 'kernel depends on no npm package',
    severity: 'error',
    from: { path: '^libs/kernel/', pathNot: '\\.spec\\.ts$' },
    to: { path: '(?:^|/)node_modules/', pathNot: '(?:^|/)node_modules/@types/node/' },
  },
  {
    name: 'pure-libs-do-no-io',
    comment: 'merge, digest, diff, classify and judge are pure: no file, socket, process or thread',
    severity: 'error',
    from: {
      path: `^libs/${anyOf([...PURE, 'golden-record', 'reconciliation', 'mirror'])}/`,
      pathNot: TESTS,
    },
    to: {
      dependencyTypes: ['core'],
      path: '^(?:fs|net|http|https|http2|tls|dns|dgram|child_process|worker_threads|cluster|readline)(?:/|$)',
    },
  },
];

const hygiene = [
  {
    name: 'imports-resolve',
    comment: 'every import leads to a file, a declared package or a module of Node',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true },
  },
  {
    name: 'packages-are-declared',
    comment: 'package.json names every package that we import',
    severity: 'error',
    from: { path: OURS },
    to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
  },
  {
    name: 'shipped-code-needs-no-dev-package',
    comment: 'what a program or the face of a lib can reach is in dependencies, not in devDependencies',
    severity: 'error',
    from: { path: '^libs/[^/]+/src/index\\.ts$|^(?:apps|connectors)/[^/]+/main\\.ts$', pathNot: TESTS },
    to: { path: `(?:^|/)node_modules/${anyOf(DEV_PACKAGES)}/`, reachable: true },
  },
];

module.exports = { packageRules: [...packageHomes, ...hygiene] };
