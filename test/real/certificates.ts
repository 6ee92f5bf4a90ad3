import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const DAYS = '2';

/** A certificate authority of one test. */
export interface Authority {
  /** PEM file that clients trust. */
  readonly caFile: string;
  /** Issues a certificate for an IP address; returns the PEM file of its key and chain. */
  issue(ip: string): string;
}

/** Makes an authority in this folder, by openssl. */
export function createAuthority(folder: string): Authority {
  mkdirSync(folder, { mode: 0o700 });
  const openssl = (...args: readonly string[]): void =>
    void execFileSync('openssl', args, { cwd: folder, stdio: 'pipe', timeout: 30_000 });
  const newKey = ['-newkey', 'rsa:2048', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-days',
    DAYS,
    '-subj',
    '/CN=test authority',
  );
  return {
    caFile: join(folder, 'ca.pem'),
    issue: (ip) => {
      writeFileSync(join(folder, 'server.ext'), `subjectAltName=IP:${ip}\n`);
      openssl('req', ...newKey, '-keyout', 'server.key', '-out', 'server.csr', '-subj', `/CN=${ip}`);
      const signing = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', DAYS, '-extfile', 'server.ext'];
      openssl('x509', '-req', '-in', 'server.csr', ...signing, '-out', 'server.crt');
      const parts = ['server.key', 'server.crt', 'ca.pem'].map((file) => readFileSync(join(folder, file), 'utf8'));
      const keystore = join(folder, 'server.pem');
      writeFileSync(keystore, parts.join(''), { mode: 0o600 });
      return keystore;
    },
  };
}
