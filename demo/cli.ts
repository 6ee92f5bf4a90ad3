import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

/** What a command of `plumbline` answered. */
export interface CliAnswer {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The `plumbline` commands, as a person runs them: a process each. */
export class Cli {
  private readonly running = new Set<ChildProcess>();

  constructor(
    private readonly root: string,
    private readonly environment: Readonly<Record<string, string>>,
  ) {}

  /** Starts a command. */
  spawn(args: readonly string[]): ChildProcess {
    const child = spawn(process.execPath, [join(this.root, 'dist/apps/cli/main.js'), ...args], {
      cwd: this.root,
      env: { ...process.env, ...this.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.running.add(child);
    child.once('close', () => this.running.delete(child));
    return child;
  }

  /** Ends the commands under way. */
  killAll(): void {
    for (const child of this.running) child.kill('SIGTERM');
  }

  /** Runs a command to its end. @param onProgress hears each line on standard error */
  run(args: readonly string[], onProgress: (line: string) => void = () => undefined): Promise<CliAnswer> {
    const child = this.spawn(args);
    let [stdout, stderr] = ['', ''];
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      const line = text.trimEnd().split('\n').at(-1);
      if (line) onProgress(line);
    });
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve({ code, stdout, stderr }));
    });
  }

  /** Runs a command with `--json` and reads its one object. @throws Error with what the command said instead */
  async json<T>(args: readonly string[], onProgress?: (line: string) => void): Promise<T & { readonly code: number }> {
    const { code, stdout, stderr } = await this.run([...args, '--json'], onProgress);
    const answer = parse(stdout);
    if (answer === null || 'error' in answer)
      throw new Error(`plumbline ${args.join(' ')} ended with ${code}: ${stdout}${stderr}`);
    return { ...answer, code: code ?? -1 } as T & { readonly code: number };
  }
}

function parse(text: string): object | null {
  try {
    return JSON.parse(text) as object;
  } catch {
    return null; // the caller shows the text itself
  }
}
