import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

const SCRIPT = join(import.meta.dirname, 'sync-script.js');

/** The plain sync script, a process of its own that can be killed. */
export class PlainSync {
  private child: ChildProcess | null = null;
  private problems = '';

  constructor(private readonly environment: Readonly<Record<'ERP_URL' | 'SHOP_URL', string>>) {}

  start(): void {
    const env = { ...process.env, ...this.environment };
    this.child = spawn(process.execPath, [SCRIPT], { env, stdio: ['ignore', 'ignore', 'pipe'] });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.problems += text));
  }

  /** `kill -9`. @throws Error when it had ended by itself, which would make the comparison unfair */
  async kill(): Promise<void> {
    const { child } = this;
    if (child === null) return;
    if (child.exitCode !== null) throw new Error(`the sync script ended by itself: ${this.problems.slice(-1_000)}`);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    this.child = null;
  }
}
