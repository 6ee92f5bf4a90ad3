import { setInterval } from 'node:timers';
import type { Logger } from '#kernel';
import pg from 'pg';
import { toDatabaseError } from '../database-errors.js';
import { PgOutput } from './pg-output.js';

/** What to stream. */
export interface WalStreamOptions {
  readonly url: string;
  readonly applicationName: string;
  /** There already, and nobody streams from it. */
  readonly slot: string;
  readonly publication: string;
  readonly logger: Logger;
  /** Called when there is something to take, and when the stream has ended. */
  readonly onChange: () => void;
}

/** A row as it was inserted, with its transaction's position; or the end of a transaction. */
export type WalItem =
  | {
      readonly lsn: bigint;
      readonly xid: number;
      readonly columns: readonly string[];
      readonly fields: readonly Buffer[];
    }
  | { readonly endLsn: bigint };

/** What pg's connection does and its types don't say. */
interface Connection {
  readonly stream: { pause(): void; resume(): void };
  query(text: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  once(event: 'replicationStart', listener: () => void): void;
}

/** Bytes held here, at which the socket is no longer read, and at which it is read again: the WAL is the buffer. */
const PAUSE_BYTES = 4 * 1024 * 1024;
const RESUME_BYTES = 1024 * 1024;
/** Well below wal_sender_timeout, whose default is 60 s. */
const STATUS_EVERY_MS = 5_000;
const [XLOG_DATA, KEEPALIVE, STATUS] = ['w', 'k', 'r'].map((letter) => letter.charCodeAt(0));

/**
 * Inserts of one publication in commit order, from where the slot was confirmed. PostgreSQL lets one session at a time
 * stream from a slot, and keeps the WAL until it is confirmed: confirm what needs never be seen again, nothing else.
 */
export class WalStream {
  private readonly output = new PgOutput();
  private items: WalItem[] = [];
  private heldBytes = 0;
  private isPaused = false;
  private isEnded = false;
  private transaction = { lsn: 0n, xid: 0 };
  private confirmedLsn = 0n;
  private passed = 0n;
  private connection: Connection | null = null;
  private timer: NodeJS.Timeout | null = null;

  private constructor(
    private readonly client: pg.Client,
    private readonly options: WalStreamOptions,
  ) {}

  /** @throws HubError HUB_DATABASE_*; also when another session streams from the slot (its cause has the code 55006) */
  static async open(options: WalStreamOptions): Promise<WalStream> {
    const { url, applicationName, slot, publication } = options;
    const config = { connectionString: url, application_name: applicationName, replication: 'database' };
    const client = new pg.Client(config);
    const stream = new WalStream(client, options);
    client.on('error', (error) => stream.end(error));
    try {
      await client.connect();
      const start = `START_REPLICATION SLOT "${slot}" LOGICAL 0/0`;
      await stream.start(`${start} (proto_version '1', publication_names '"${publication}"', binary 'true')`);
    } catch (error) {
      stream.close();
      throw toDatabaseError(error);
    }
    return stream;
  }

  get hasEnded(): boolean {
    return this.isEnded;
  }

  /** Position up to which everything has come. */
  get passedLsn(): bigint {
    return this.passed;
  }

  /** Whether more is to come before this position is reached. */
  isBehind(lsn: bigint): boolean {
    return !this.isEnded && this.passed < lsn;
  }

  /** Items that can be taken now. */
  get size(): number {
    return this.items.length;
  }

  get isEmpty(): boolean {
    return this.items.length === 0;
  }

  /** The next items, up to `limit` rows with the ends of transactions between and behind them. */
  take(limit: number): WalItem[] {
    let [count, rows] = [0, 0];
    for (; count < this.items.length; count += 1) {
      const item = this.items[count];
      if (item && 'lsn' in item && (rows += 1) > limit) break;
    }
    const taken = this.items.slice(0, count);
    this.items = this.items.slice(count);
    this.heldBytes -= taken.reduce((sum, item) => sum + bytesOf(item), 0);
    if (this.isPaused && this.heldBytes < RESUME_BYTES) this.setPaused(false);
    return taken;
  }

  /** Says that nothing up to this position is needed again. It reaches PostgreSQL within seconds. */
  confirm(lsn: bigint): void {
    if (lsn > this.confirmedLsn) this.confirmedLsn = lsn;
  }

  /** Confirms everything that was sent, when nothing of it is open: so that an idle outbox keeps no WAL of others. */
  confirmSeen(): void {
    if (this.isEmpty) this.confirm(this.passed);
  }

  /** What has not been taken is dropped. A socket that is not read would never come to its end, and keep its bytes. */
  close(): void {
    if (!this.isEnded) this.sendStatus();
    this.isEnded = true;
    if (this.timer) clearInterval(this.timer);
    [this.items, this.heldBytes] = [[], 0];
    if (this.isPaused) this.setPaused(false);
    this.client.end().catch((error: unknown) => this.note(error));
  }

  private start(command: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const query = {
        submit: (connection: Connection) => {
          this.connection = connection;
          connection.once('replicationStart', () => {
            this.timer = setInterval(() => this.sendStatus(), STATUS_EVERY_MS).unref();
            resolve();
          });
          connection.query(command);
        },
        handleCopyData: ({ chunk }: { readonly chunk: Buffer }) => this.guard(() => this.handle(chunk)),
        handleError: (error: Error) => (reject(error), this.end(error)),
        handleCommandComplete: () => undefined,
        handleReadyForQuery: () => this.end(new Error('Connection terminated: the server ended the stream')),
      };
      this.client.query(query as unknown as pg.Submittable);
    });
  }

  private handle(chunk: Buffer): void {
    if (this.isEnded) return;
    if (chunk[0] === XLOG_DATA) this.receive(chunk);
    if (chunk[0] !== KEEPALIVE) return;
    this.passed = chunk.readBigUInt64BE(1);
    if (chunk[17] === 1) this.sendStatus();
  }

  /** `chunk` is a view of a buffer that pg writes over with the next bytes: a row is copied. */
  private receive(chunk: Buffer): void {
    const message = this.output.read(Buffer.from(chunk.subarray(25)));
    if (!message) return;
    if (message.kind === 'begin') this.transaction = { lsn: message.finalLsn, xid: message.xid };
    else this.add(message.kind === 'commit' ? { endLsn: message.endLsn } : { ...message, ...this.transaction });
  }

  private add(item: WalItem): void {
    const wasEmpty = this.isEmpty;
    this.items.push(item);
    if ('endLsn' in item && item.endLsn > this.passed) this.passed = item.endLsn;
    this.heldBytes += bytesOf(item);
    if (!this.isPaused && this.heldBytes > PAUSE_BYTES) this.setPaused(true);
    if (wasEmpty) this.options.onChange();
  }

  private setPaused(isPaused: boolean): void {
    this.isPaused = isPaused;
    if (isPaused) this.connection?.stream.pause();
    else this.connection?.stream.resume();
  }

  /** @see https://www.postgresql.org/docs/current/protocol-replication.html "Standby status update" */
  private sendStatus(): void {
    if (this.isEnded || !this.connection) return;
    const status = Buffer.alloc(34);
    status[0] = STATUS ?? 0;
    for (const at of [1, 9, 17]) status.writeBigUInt64BE(this.confirmedLsn, at);
    this.connection.sendCopyFromChunk(status);
  }

  private guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.end(error);
    }
  }

  private end(error: unknown): void {
    if (this.isEnded) return;
    this.note(error);
    this.close();
    this.options.onChange();
  }

  private note(error: unknown): void {
    const { code, message } = toDatabaseError(error);
    this.options.logger.warn({ code, reason: message, slot: this.options.slot }, 'outbox stream ended');
  }
}

function bytesOf(item: WalItem): number {
  return 'lsn' in item ? item.fields.reduce((sum, field) => sum + field.length, 64) : 64;
}
