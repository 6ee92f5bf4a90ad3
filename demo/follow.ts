import { createInterface, type Interface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { SceneLink, Screen } from './report.js';

/** What leads a reader to the page. */
export interface FollowOptions {
  readonly screen: Screen;
  readonly pageUrl: string;
  /** Where Enter is pressed so that the demo goes on; null: it never waits. */
  readonly steps: Readable | null;
}

/** Prints beside each scene where it can be followed on the page. */
export class Follow {
  private links: SceneLink[] = [];
  private readonly lines: Interface | null;
  private isOver = false;
  private goOn: () => void = () => undefined;

  constructor(private readonly options: FollowOptions) {
    this.lines = options.steps && createInterface({ input: options.steps });
    this.lines?.on('line', () => this.goOn());
    this.lines?.once('close', () => {
      this.isOver = true;
      this.goOn();
    });
  }

  /** @param path of the page @param says texts that the reader finds there */
  show(what: string, path: string, says: readonly string[]): void {
    const url = `${this.options.pageUrl}${path}`;
    this.links.push({ what, url, says });
    this.options.screen.line(`  ↗ ${what}: ${url}`);
    this.options.screen.line(`    look for: ${says.join(' · ')}`);
  }

  /** Whether the reader has time to look and to act. */
  get waits(): boolean {
    return this.lines !== null && !this.isOver;
  }

  /** Waits until the reader has looked, where that was asked for and nobody closed the input. */
  async untilSeen(): Promise<void> {
    if (!this.waits) return;
    const pressed = new Promise<void>((resolve) => (this.goOn = resolve));
    this.options.screen.line('  Enter goes on.');
    await pressed;
  }

  /** The links since it was asked last. */
  take(): readonly SceneLink[] {
    const taken = this.links;
    this.links = [];
    return taken;
  }
}

/** Path of a record on the page. */
export function recordPath(entity: string, key: string, more: Readonly<Record<string, string>> = {}): string {
  const query = new URLSearchParams(more).toString();
  return `/records/${entity}/${encodeURIComponent(key)}${query === '' ? '' : `?${query}`}`;
}

/** An amount as the page shows it: two decimals at least. */
export function cents(amount: string): string {
  return /^-?\d+(?:\.\d)?$/.test(amount) ? Number(amount).toFixed(2) : amount;
}
