import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const WAITS = '  Enter goes on.\n';

/** A link that the demo printed, with the texts that it says are there. */
export interface PrintedLink {
  readonly url: string;
  readonly says: readonly string[];
}

/** `npm run demo -- --step`, whose Enter is pressed by a program. */
export class DemoRun {
  /** Everything that was printed. */
  output = '';
  private readonly child: ChildProcess;
  private readonly ended: Promise<number | null>;
  private seen = 0;
  private heard: () => void = () => undefined;

  constructor(args: readonly string[]) {
    const program = ['--enable-source-maps', join(ROOT, 'dist/demo/main.js'), '--step', '--exit', ...args];
    this.child = spawn(process.execPath, program, { cwd: ROOT, stdio: ['pipe', 'pipe', 'pipe'] });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
        this.heard();
      });
    this.ended = new Promise((resolve, reject) => {
      this.child.once('error', reject);
      this.child.once('close', (code) => {
        resolve(code);
        this.heard();
      });
    });
  }

  /** What was printed until it waits for Enter the next time; null when it ended instead. */
  async nextStop(): Promise<string | null> {
    for (;;) {
      const changed = new Promise<void>((resolve) => (this.heard = resolve));
      const end = this.output.indexOf(WAITS, this.seen);
      if (end >= 0) {
        const text = this.output.slice(this.seen, end);
        this.seen = end + WAITS.length;
        return text;
      }
      if (this.child.exitCode !== null) return null;
      await changed;
    }
  }

  goOn(): void {
    this.child.stdin?.write('\n');
  }

  end(): Promise<number | null> {
    return this.ended;
  }

  /** Ends it as Ctrl-C does, where it still runs. */
  async interrupt(): Promise<void> {
    if (this.child.exitCode === null) this.child.kill('SIGINT');
    await this.ended;
  }
}

/** Links in what the demo printed. Pure. */
export function linksIn(text: string): PrintedLink[] {
  const printed = text.matchAll(/ {2}↗ .*?: (http\S+)\n {4}look for: (.*)\n/g);
  return [...printed].map(([, url = '', says = '']) => ({ url, says: says.split(' · ') }));
}
