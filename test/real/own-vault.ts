import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reservePorts } from '#hub-runner';
import { eventually } from '#testing';
import { createAuthority, type Authority } from './certificates.js';
import { VaultAdmin } from './vault-admin.js';

const STACK = '../../stack';
const LOOPBACK = '127.0.0.1';
const PATIENCE = { timeoutMs: 20_000, intervalMs: 100 };

/** An OpenBao on loopback with TLS and data on disk, which a test seals, kills and starts again. */
export class OwnVault {
  readonly authority: Authority;
  private readonly folder = mkdtempSync(join(tmpdir(), 'plumbline-vault-'));
  private process: ChildProcess | null = null;
  private port = 0;
  private key = '';
  private opened: VaultAdmin | null = null;

  constructor() {
    this.authority = createAuthority(join(this.folder, 'ca'));
  }

  get url(): URL {
    return new URL(`https://${LOOPBACK}:${this.port}`);
  }

  /** PEM text of its authority. */
  get ca(): string {
    return readFileSync(this.authority.caFile, 'utf8');
  }

  /** With the root's token. */
  get admin(): VaultAdmin {
    if (!this.opened) throw new Error('the vault was never initialised');
    return this.opened;
  }

  /** Configures and starts it; it is not initialised yet. */
  async create(): Promise<void> {
    this.port = await reservePorts(2);
    mkdirSync(join(this.folder, 'data'));
    writeFileSync(join(this.folder, 'vault.hcl'), this.configuration());
    await this.start();
  }

  /** Initialises and unseals it, with a version 2 engine at `secret/`. */
  async initialise(): Promise<void> {
    const anyone = new VaultAdmin(this.url, '', this.ca);
    const shares = { secret_shares: 1, secret_threshold: 1 };
    const made = await anyone.call<{ keys_base64: string[]; root_token: string }>('PUT', 'sys/init', shares);
    await anyone.close();
    this.key = made.keys_base64[0] ?? '';
    this.opened = new VaultAdmin(this.url, made.root_token, this.ca);
    await this.unseal();
    await this.admin.call('POST', 'sys/mounts/secret', { type: 'kv', options: { version: '2' } });
  }

  /** Resolves when it leads, and so takes writes: a moment after it is unsealed. */
  async unseal(): Promise<void> {
    await this.admin.call('PUT', 'sys/unseal', { key: this.key });
    await eventually(async () => {
      const { is_self: leads } = await this.admin.call<{ is_self: boolean }>('GET', 'sys/leader');
      if (!leads) throw new Error('it does not lead yet');
    }, PATIENCE);
  }

  async seal(): Promise<void> {
    await this.admin.call('PUT', 'sys/seal');
  }

  /** Starts it on its data; sealed, unless it is new. Resolves when it answers. */
  async start(): Promise<void> {
    const log = openSync(join(this.folder, 'vault.log'), 'a');
    const args = ['server', `-config=${join(this.folder, 'vault.hcl')}`];
    this.process = spawn(await program(), args, { cwd: this.folder, stdio: ['ignore', log, log] });
    const anyone = new VaultAdmin(this.url, '', this.ca);
    await eventually(() => anyone.call('GET', 'sys/seal-status'), PATIENCE);
    await anyone.close();
  }

  async kill(): Promise<void> {
    const child = this.process;
    this.process = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  /** Ends it and deletes its data. */
  async drop(): Promise<void> {
    await this.opened?.close();
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private configuration(): string {
    const certificate = this.authority.issue(LOOPBACK);
    return `
storage "raft" {
  path = "${join(this.folder, 'data')}"
  node_id = "one"
}
listener "tcp" {
  address = "${LOOPBACK}:${this.port}"
  tls_cert_file = "${certificate}"
  tls_key_file = "${certificate}"
}
api_addr = "${this.url.origin}"
cluster_addr = "https://${LOOPBACK}:${this.port + 1}"
log_level = "warn"
`;
  }
}

/** The program of the stack's system, which is started before these tests. */
async function program(): Promise<string> {
  const { openContext } = (await import(join(import.meta.dirname, STACK, 'context.mjs'))) as {
    openContext: (environment: NodeJS.ProcessEnv) => unknown;
  };
  const { programOf } = (await import(join(import.meta.dirname, STACK, 'systems/openbao.system.mjs'))) as {
    programOf: (context: unknown) => string;
  };
  return programOf(openContext(process.env));
}
