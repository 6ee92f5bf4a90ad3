import { HubError, type ErrorCode } from '#kernel';
import { createHash, timingSafeEqual } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type ConnectConfig, type SFTPWrapper } from 'ssh2';

/** Where and as whom to log in. */
export interface SftpTarget {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  /** `SHA256:…`, as `ssh-keygen -lf` prints it. */
  readonly hostKey: string;
  readonly password: string | undefined;
  readonly privateKey: string | undefined;
  readonly passphrase: string | undefined;
  /** Longest wait for one answer; of a transfer, for its next part. */
  readonly timeoutMs: number;
}

/** Status codes of SFTP version 3 that tell something. */
export const SFTP_STATUS = { noSuchFile: 2, permissionDenied: 3, failure: 4 } as const;
type Done<T> = (error: Error | null | undefined, value?: T) => void;

/** One operation: it calls `done` once, and `progress` whenever a transfer moves on. */
export type SftpOperation<T> = (sftp: SFTPWrapper, done: Done<T>, progress: () => void) => void;

interface Connection {
  readonly client: Client;
  readonly sftp: SFTPWrapper;
  /** Rejects when the connection ends. */
  readonly ended: Promise<never>;
}

/** One SFTP session, opened at the first operation and again after it broke. One operation at a time. */
export class SftpSession {
  private connection: Promise<Connection> | null = null;

  constructor(private readonly target: SftpTarget) {}

  /** Runs an operation. An error other than a status ends the connection. @throws HubError HUB_SOURCE_*; a status as it came */
  async run<T>(operation: SftpOperation<T>): Promise<T> {
    const connection = await this.connect();
    const watch = new Watch(this.target.timeoutMs);
    const result = new Promise<T>((resolve, reject) => {
      const done: Done<T> = (error, value) => (error ? reject(error) : resolve(value as T));
      operation(connection.sftp, done, () => watch.reset());
    });
    try {
      return await Promise.race([result, connection.ended, watch.expired]);
    } catch (error) {
      if (isStatus(error)) throw error;
      this.drop(connection);
      throw toSourceError(error);
    } finally {
      watch.stop();
      // Whoever lost the race may still reject.
      result.catch(() => undefined);
    }
  }

  async close(): Promise<void> {
    const connection = await this.connection?.catch(() => null);
    if (connection) this.drop(connection);
  }

  private connect(): Promise<Connection> {
    if (this.connection) return this.connection;
    const opened = open(this.target);
    this.connection = opened;
    const forget = (): void => {
      if (this.connection === opened) this.connection = null;
    };
    opened.then(({ ended }) => ended.catch(forget), forget);
    return opened;
  }

  private drop({ client }: Connection): void {
    this.connection = null;
    client.destroy();
  }
}

/** The number of a status that the server answered. */
export function statusOf(error: unknown): number | null {
  return isStatus(error) ? error.code : null;
}

/** Classifies what is no expected status. */
export function toSourceError(error: unknown): HubError {
  if (error instanceof HubError) return error;
  const {
    message = String(error),
    code = '',
    level = '',
  } = error as { message?: string; code?: string | number; level?: string };
  return new HubError(classify(code, level), `The SFTP server: ${message}`, { code, level }, { cause: error });
}

function classify(code: string | number, level: string): ErrorCode {
  if (level === 'client-authentication' || code === SFTP_STATUS.permissionDenied) return 'HUB_SOURCE_UNAUTHORISED';
  if (typeof code === 'number') return 'HUB_SOURCE_ERROR';
  return 'HUB_SOURCE_UNREACHABLE';
}

function isStatus(error: unknown): error is Error & { readonly code: number } {
  return error instanceof Error && typeof (error as { code?: unknown }).code === 'number';
}

async function open(target: SftpTarget): Promise<Connection> {
  const client = new Client();
  const denied: string[] = [];
  const config: ConnectConfig = {
    ...{ host: target.host, port: target.port, username: target.username },
    ...(target.password === undefined ? {} : { password: target.password }),
    ...(target.privateKey === undefined ? {} : { privateKey: target.privateKey }),
    ...(target.passphrase === undefined ? {} : { passphrase: target.passphrase }),
    readyTimeout: target.timeoutMs,
    keepaliveInterval: 10_000,
    keepaliveCountMax: 3,
    hostVerifier: (key: Buffer) => {
      const isKnown = equals(fingerprintOf(key), target.hostKey);
      if (!isKnown) denied.push(fingerprintOf(key));
      return isKnown;
    },
  };
  try {
    return await handshake(client, config);
  } catch (error) {
    client.destroy();
    const [deniedKey] = denied;
    if (deniedKey === undefined) throw toSourceError(error);
    const reason = `The SFTP server has the host key ${deniedKey}, not the one of config.hostKey: another machine may answer.`;
    throw new HubError('HUB_SOURCE_UNAUTHORISED', reason, {}, { cause: error });
  }
}

function handshake(client: Client, config: ConnectConfig): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const ended = new Promise<never>((_, lose) => {
      client.on('error', lose);
      client.on('close', () => lose(new Error('the connection was closed')));
    });
    ended.catch(reject);
    client.on('ready', () => {
      client.sftp((error, sftp) => (error ? reject(error) : resolve({ client, sftp, ended })));
    });
    client.connect(config);
  });
}

/** As `ssh-keygen -lf` prints it: base64 without padding. */
function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

function equals(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Rejects when nothing moved for so long. */
class Watch {
  private readonly abort = new AbortController();
  private movedAtMs = performance.now();
  readonly expired: Promise<never>;

  constructor(private readonly timeoutMs: number) {
    this.expired = this.wait();
    this.expired.catch(() => undefined);
  }

  reset(): void {
    this.movedAtMs = performance.now();
  }

  stop(): void {
    this.abort.abort();
  }

  private async wait(): Promise<never> {
    for (let leftMs = this.timeoutMs; leftMs > 0; leftMs = this.movedAtMs + this.timeoutMs - performance.now())
      await sleep(leftMs, undefined, { signal: this.abort.signal });
    throw new HubError('HUB_SOURCE_TIMEOUT', 'The SFTP server did not answer in time.', { timeoutMs: this.timeoutMs });
  }
}
