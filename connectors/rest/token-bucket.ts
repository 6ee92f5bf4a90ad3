/** So many tokens a second, and so many at once at most. Pure but for what was taken. */
export class TokenBucket {
  private tokens: number;
  private filledAtMs: number;

  constructor(
    private readonly perSecond: number,
    private readonly burst: number,
    nowMs: number,
  ) {
    this.tokens = burst;
    this.filledAtMs = nowMs;
  }

  /** Milliseconds until a token is there; 0 for now. */
  waitMs(nowMs: number): number {
    this.fill(nowMs);
    // a whole millisecond may bring a hair less than a token
    return this.tokens >= 1 - 1e-9 ? 0 : Math.ceil(((1 - this.tokens) / this.perSecond) * 1_000);
  }

  /** Takes a token that {@link waitMs} said is there. */
  take(): void {
    this.tokens -= 1;
  }

  private fill(nowMs: number): void {
    const gained = (Math.max(0, nowMs - this.filledAtMs) / 1_000) * this.perSecond;
    this.tokens = Math.min(this.burst, this.tokens + gained);
    this.filledAtMs = nowMs;
  }
}
