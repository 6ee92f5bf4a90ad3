import Table from 'cli-table3';

/** Where something of a scene is to be seen on the page. */
export interface SceneLink {
  readonly what: string;
  readonly url: string;
  /** Texts that are there. */
  readonly says: readonly string[];
}

/** What a scene found out; null where a figure has no meaning for it. */
export interface SceneFigures {
  readonly planted: number | null;
  readonly found: number | null;
  /** Found, but never planted. */
  readonly false: number | null;
  readonly fixed: number | null;
  readonly held: number | null;
  /** Median, in milliseconds. */
  readonly latency_ms: number | null;
  readonly digest_source: string | null;
  readonly digest_target: string | null;
}

/** One entry of the file that `--json` writes. */
export interface SceneResult extends SceneFigures {
  readonly name: string;
  readonly passed: boolean;
  /** Where it can be followed on the page. */
  readonly links: readonly SceneLink[];
}

/** Figures of a scene that has none, to be filled in. */
export const NO_FIGURES: SceneFigures = {
  planted: null,
  found: null,
  false: null,
  fixed: null,
  held: null,
  latency_ms: null,
  digest_source: null,
  digest_target: null,
};

const NOTE_EVERY_MS = 5_000;

/** Where the demo prints: lines, tables, and one line that shows how far something is. */
export class Screen {
  private isProgressShown = false;
  private notedAtMs = 0;

  constructor(private readonly stream: NodeJS.WriteStream) {}

  line(text = ''): void {
    this.clearProgress();
    this.stream.write(`${text}\n`);
  }

  heading(text: string): void {
    this.line(`\n━━ ${text} ${'━'.repeat(Math.max(0, 96 - text.length))}`);
  }

  table(heads: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
    const view = new Table({ head: [...heads], style: { head: [], border: [], compact: true } });
    for (const row of rows) view.push(row.map(String));
    this.line(view.toString());
  }

  /** Text of another program, set off from ours. */
  quote(title: string, text: string): void {
    this.line(`  $ ${title}`);
    for (const line of text.trimEnd().split('\n')) this.line(`  │ ${line}`.trimEnd());
  }

  /** Replaces the progress line; where there is no terminal, a line every few seconds. */
  progress(text: string): void {
    if (this.stream.isTTY) {
      this.stream.write(`\r\u001b[K  … ${text.slice(0, (this.stream.columns ?? 80) - 5)}`);
      this.isProgressShown = true;
      return;
    }
    const nowMs = Date.now();
    if (nowMs - this.notedAtMs < NOTE_EVERY_MS) return;
    this.notedAtMs = nowMs;
    this.stream.write(`  … ${text}\n`);
  }

  private clearProgress(): void {
    if (this.isProgressShown) this.stream.write('\r\u001b[K');
    this.isProgressShown = false;
  }
}

/** Collects what a scene expected and did not find. */
export class Findings {
  private readonly failures: string[] = [];

  /** Notes a failure where the two differ, and goes on. */
  expect(what: string, expected: unknown, found: unknown): void {
    const [wanted, seen] = [JSON.stringify(expected), JSON.stringify(found)];
    if (wanted !== seen) this.failures.push(`${what}: expected ${wanted}, found ${seen ?? 'nothing'}`);
  }

  fail(what: string): void {
    this.failures.push(what);
  }

  get problems(): readonly string[] {
    return this.failures;
  }
}

/** `1,234`. */
export function grouped(value: number): string {
  return value.toLocaleString('en-US');
}
