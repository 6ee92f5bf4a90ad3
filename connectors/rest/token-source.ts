import type { Clock } from '#kernel';

/** A token and how long it is good. */
export interface Token {
  readonly value: string;
  readonly lifetimeMs: number;
}

/** Renewed so long before its end, or a tenth of its life where that is shorter. */
const MARGIN_MS = 30_000;

/** Keeps a token, asks for the next one before it ends, and only once when many wait for it. */
export class TokenSource {
  private current: { readonly value: string; readonly renewAtMs: number } | null = null;
  private asking: Promise<string> | null = null;

  constructor(
    private readonly ask: () => Promise<Token>,
    private readonly clock: Clock,
  ) {}

  async get(): Promise<string> {
    if (this.current && this.clock.nowMs() < this.current.renewAtMs) return this.current.value;
    this.asking ??= this.renew().finally(() => (this.asking = null));
    return this.asking;
  }

  /** Drops the token that was refused, unless it was replaced since. */
  drop(refused: string): void {
    if (this.current?.value === refused) this.current = null;
  }

  private async renew(): Promise<string> {
    const { value, lifetimeMs } = await this.ask();
    const renewAtMs = this.clock.nowMs() + lifetimeMs - Math.min(MARGIN_MS, lifetimeMs / 10);
    this.current = { value, renewAtMs };
    return value;
  }
}
