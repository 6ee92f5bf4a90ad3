import { pause } from './wait.js';

const TICK_MS = 50;

/** Writes that go on in a business store while a scene looks elsewhere. */
export class BackgroundWrites {
  private isStopped = false;
  private failure: Error | null = null;
  private count = 0;
  private readonly running: Promise<void>;

  /** @param write writes so many rows; `start` counts the rows before them */
  constructor(
    private readonly rowsPerSecond: number,
    private readonly write: (rows: number, start: number) => Promise<void>,
  ) {
    this.running = this.run();
  }

  get rows(): number {
    return this.count;
  }

  /** Stops after the write under way. @throws what a write threw */
  async stop(): Promise<number> {
    this.isStopped = true;
    await this.running;
    if (this.failure !== null) throw this.failure;
    return this.count;
  }

  private async run(): Promise<void> {
    const startedAtMs = Date.now();
    try {
      while (!this.isStopped) {
        const rows = Math.floor(((Date.now() - startedAtMs) / 1000) * this.rowsPerSecond) - this.count;
        if (rows > 0) await this.write(rows, this.count);
        this.count += Math.max(0, rows);
        await pause(TICK_MS);
      }
    } catch (error) {
      this.failure = error instanceof Error ? error : new Error(String(error));
    }
  }
}
