import type { ConnectorContext } from '#connector-sdk';
import { join } from 'node:path';
import type { Exchange } from './exchange.js';
import { LocalExchange } from './local-exchange.js';
import { SftpExchange } from './sftp-exchange.js';
import { SftpSession } from './sftp-session.js';

/** The part of the configuration that says where the folder is. */
export interface ExchangeConfig {
  readonly folder: string;
  readonly hostKey?: string | undefined;
  readonly password?: string | undefined;
  readonly privateKey?: string | undefined;
  readonly passphrase?: string | undefined;
  readonly timeoutMs: number;
}

const REMOTE = /^sftp:\/\//;
const SSH_PORT = 22;
const SFTP_ONLY = ['hostKey', 'password', 'privateKey', 'passphrase'] as const;

/** What is wrong with the configuration of a folder: field and reason. */
export function findConfigProblems(config: ExchangeConfig): [field: string, reason: string][] {
  if (!REMOTE.test(config.folder))
    return SFTP_ONLY.filter((name) => config[name] !== undefined).map((name) => [
      name,
      'only an sftp:// folder has one',
    ]);
  const problems: [string, string][] = [];
  const url = URL.canParse(config.folder) ? new URL(config.folder) : null;
  if (!url?.hostname || url.username === '') problems.push(['folder', 'must be sftp://user@host:port/path']);
  if (url?.password) problems.push(['folder', 'must not hold a password; use password']);
  if (config.hostKey === undefined) problems.push(['hostKey', 'is needed, so that no other machine can answer']);
  if ((config.password === undefined) === (config.privateKey === undefined))
    problems.push(['privateKey', 'needs one of password and privateKey']);
  return problems;
}

/** The exchange of a configuration without problems. Nothing is opened yet. */
export function openExchange({ config, workFolder, mode }: ConnectorContext<ExchangeConfig>): Exchange {
  if (!REMOTE.test(config.folder)) return new LocalExchange(config.folder);
  const url = new URL(config.folder);
  const session = new SftpSession({
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? SSH_PORT : Number(url.port),
    username: decodeURIComponent(url.username),
    hostKey: config.hostKey ?? '',
    password: config.password,
    privateKey: config.privateKey,
    passphrase: config.passphrase,
    timeoutMs: config.timeoutMs,
  });
  // `/~/drops` begins in the account's own folder.
  const path = decodeURIComponent(url.pathname).replace(/^\/~\//, '');
  return new SftpExchange(session, path === '' ? '.' : path, join(workFolder, 'spool'), mode === 'write');
}
