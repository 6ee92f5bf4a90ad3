// BottleCRM (PyPI: django-crm): a CRM without change cursor or versions, on the stack's PostgreSQL. MIT; its own process.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { LOOPBACK } from '../ports.mjs';
import { isHttpReady } from '../probe.mjs';
import { nativeAddresses } from '../servers/index.mjs';
import { fillFolder, isExecutable, runTool } from '../tools.mjs';
import { findPython } from './bottlecrm/python.mjs';

const VERSION = '1.35.0';
const FILES = join(import.meta.dirname, 'bottlecrm');
const REQUIREMENTS = join(FILES, 'requirements.txt');
const PREPARE = join(FILES, 'prepare.py');

/** Other packages go into another folder, and another text of the preparation makes another template. */
const digestOfPackages = digestOf(readFileSync(REQUIREMENTS, 'utf8'));
const digestOfTemplate = digestOf(digestOfPackages, readFileSync(PREPARE, 'utf8'));
const programFolder = ({ paths }) => join(paths.cache, `bottlecrm-${VERSION}-${digestOfPackages}`);
const dataFolder = ({ paths }) => join(paths.data, 'bottlecrm');
const databaseName = ({ paths }) => `bottlecrm_${digestOfTemplate}_${digestOf(paths.root)}`;

export const system = {
  name: 'bottlecrm',
  variable: 'BOTTLECRM_URL',
  title: `BottleCRM ${VERSION}`,
  ports: ['bottlecrm'],
  cost: { memoryMiB: 200, diskMiB: 400, downloadMiB: 75, firstSeconds: 180 },
  stopSignal: 'SIGTERM',

  isInstalled: (context) => isExecutable(join(programFolder(context), 'bin', 'gunicorn')),

  install: (context) =>
    fillFolder(programFolder(context), (folder) =>
      runTool(context, {
        server: 'bottlecrm',
        log: 'bottlecrm-install',
        next: 'see whether `pip` can reach its index; or give BOTTLECRM_URL',
        command: findPython(context),
        args: [
          ...['-m', 'pip', 'install', '--no-deps', '--no-input', '--disable-pip-version-check'],
          ...['--target', folder, '--requirement', REQUIREMENTS],
        ],
      }),
    ),

  prepare(context) {
    mkdirSync(dataFolder(context), { recursive: true });
    return runTool(context, {
      server: 'bottlecrm',
      log: 'bottlecrm-prepare',
      next: 'read the log; the role of DATABASE_URL must be allowed to create databases',
      command: findPython(context),
      args: [PREPARE, `bottlecrm_${digestOfTemplate}`, databaseName(context)],
      cwd: dataFolder(context),
      env: { ...process.env, ...environment(context), HUB_TOKEN: tokenOf(context) },
    });
  },

  command: (context) => ({
    command: findPython(context),
    args: [
      ...['-m', 'gunicorn', '--bind', `${LOOPBACK}:${context.state.ports.bottlecrm}`],
      ...['--workers', '1', '--threads', '4', '--worker-tmp-dir', dataFolder(context), '--no-control-socket'],
      'crm.wsgi',
    ],
    cwd: dataFolder(context),
    env: environment(context),
  }),

  isReady: ({ state }) => isHttpReady(`http://${LOOPBACK}:${state.ports.bottlecrm}/healthz/`),

  /** The password is the access token; the fragment, which no client sends, names the database for tests. */
  address: (context) =>
    `http://token:${tokenOf(context)}@${LOOPBACK}:${context.state.ports.bottlecrm}/#${databaseName(context)}`,
};

function environment(context) {
  const { given, state } = context;
  const url = new URL(given.DATABASE_URL ?? nativeAddresses(context).DATABASE_URL);
  return {
    PYTHONPATH: programFolder(context),
    PYTHONDONTWRITEBYTECODE: '1',
    DJANGO_SETTINGS_MODULE: 'crm.settings',
    ENV_TYPE: 'dev',
    SECRET_KEY: createHash('sha256').update(`django ${state.password}`).digest('hex'),
    ALLOWED_HOSTS: LOOPBACK,
    MAINTENANCE_DB: decodeURIComponent(url.pathname.slice(1)) || 'postgres',
    DBNAME: databaseName(context),
    DBUSER: decodeURIComponent(url.username),
    DBPASSWORD: decodeURIComponent(url.password),
    DBHOST: url.hostname,
    DBPORT: url.port || '5432',
    DB_POOL_ENABLED: 'true',
    DOMAIN_NAME: `http://${LOOPBACK}`,
    FRONTEND_URL: `http://${LOOPBACK}`,
    SWAGGER_ROOT_URL: `http://${LOOPBACK}`,
    // Its mails are jobs of Celery; without a worker they are never sent.
    CELERY_BROKER_URL: 'memory://',
    CELERY_RESULT_BACKEND: 'cache+memory://',
    DEFAULT_FROM_EMAIL: 'crm@example.com',
    ADMIN_EMAIL: 'crm@example.com',
  };
}

/** Known before the CRM runs, and another one in every stack. */
function tokenOf({ state }) {
  return `bcrm_pat_${createHash('sha256').update(`token ${state.password}`).digest('hex').slice(0, 40)}`;
}

function digestOf(...texts) {
  return createHash('sha256').update(JSON.stringify(texts)).digest('hex').slice(0, 8);
}
