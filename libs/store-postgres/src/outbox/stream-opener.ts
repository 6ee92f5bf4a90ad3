import { toHubError, type Clock, type Logger } from '#kernel';
import { WalStream } from '../wal/wal-stream.js';
import type { OutboxSlot } from './outbox-slot.js';

/** What opening a stream needs. */
export interface StreamOpenerOptions {
  /** The outbox's database: a stream has a connection of its own. */
  readonly url: string;
  readonly schema: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called when rows have come: wake the relay. */
  readonly onRows: () => void;
}

/** How often a slot that is busy or missing is asked for again. */
const RETRY_MS = 1_000;
const FAILED_RETRY_MS = 10_000;

/** Opens the stream of an outbox, and makes its slot where it is missing or lost. */
export class StreamOpener {
  private opening: Promise<void> | null = null;
  private opensAtMs = 0;

  constructor(
    private readonly options: StreamOpenerOptions,
    private readonly slot: OutboxSlot,
  ) {}

  /**
   * Tries it, at most once a second; waits for it unless the slot has to be made or moved first.
   * @param settledLsn nothing before it is needed; 0 where that is not known
   * @param take gets the stream, maybe after this call has returned
   */
  async tryToOpen(settledLsn: bigint, take: (stream: WalStream) => void): Promise<void> {
    const { clock, logger } = this.options;
    if (this.opening || clock.nowMs() < this.opensAtMs) return;
    this.opensAtMs = clock.nowMs() + RETRY_MS;
    const state = await this.slot.findState();
    if (state === 'busy') return;
    const isNew = state !== 'ready';
    const prepare = (): Promise<void> => (isNew ? this.slot.create(state === 'lost') : this.advance(settledLsn));
    this.opening = this.open(prepare, take).finally(() => (this.opening = null));
    if (state === 'lost')
      logger.warn({ slot: this.slot.name }, 'the slot of the outbox had lost its WAL and is made anew');
    if (!isNew && settledLsn === 0n) await this.opening;
  }

  /** Resolves when none is being opened. */
  async rest(): Promise<void> {
    await this.opening;
  }

  /** It spares reading, no more: without it the stream brings again what is settled, which is then looked up. */
  private async advance(lsn: bigint): Promise<void> {
    if (lsn === 0n) return;
    try {
      await this.slot.advance(lsn);
    } catch (error) {
      this.options.logger.warn({ code: toHubError(error).code, reason: String(error) }, 'outbox slot not moved on');
    }
  }

  private async open(prepare: () => Promise<void>, take: (stream: WalStream) => void): Promise<void> {
    const { url, schema, clock, logger, onRows } = this.options;
    try {
      await prepare();
      const { name } = this.slot;
      const stream = await WalStream.open({
        ...{ url, applicationName: `plumbline stream ${schema}`, slot: name, publication: name, logger },
        onChange: onRows,
      });
      take(stream);
    } catch (error) {
      this.opensAtMs = clock.nowMs() + FAILED_RETRY_MS;
      logger.warn(
        { code: toHubError(error).code, reason: String(error) },
        'outbox stream not opened: reading the table',
      );
    }
  }
}
