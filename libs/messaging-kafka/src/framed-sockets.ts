import { connect } from 'node:net';
import type { ISocketFactory } from 'kafkajs';

const HEAD_BYTES = 4;
const READ_BYTES = 64 * 1024;
const KEEP_ALIVE_MS = 60_000;
/** A longer answer, or what claims to be one, is handed on as it comes: no room is made for what may never arrive. */
const MAX_FRAME_BYTES = 16 * 1024 * 1024;

/**
 * Joins what a broker sends into whole answers, each a length (int32) and so many bytes. What is handed over is the
 * receiver's; what is taken is copied, so that one buffer can serve all reads.
 */
export class Frames {
  private readonly head = Buffer.alloc(HEAD_BYTES);
  private headFilled = 0;
  private frame: Buffer | null = null;
  private filled = 0;
  /** Bytes to be handed on as they come. */
  private passing = 0;

  constructor(
    private readonly deliver: (bytes: Buffer) => void,
    private readonly maxFrameBytes = MAX_FRAME_BYTES,
  ) {}

  take(bytes: Buffer): void {
    for (let from = 0; from < bytes.length;) from += this.takeSome(bytes.subarray(from));
  }

  /** @returns how many bytes were taken, at least one */
  private takeSome(bytes: Buffer): number {
    if (this.passing > 0) return this.pass(bytes);
    if (this.frame) return this.fill(this.frame, bytes);
    const taken = bytes.copy(this.head, this.headFilled);
    this.headFilled += taken;
    if (this.headFilled === HEAD_BYTES) this.begin();
    return taken;
  }

  private begin(): void {
    const length = this.head.readInt32BE(0);
    this.headFilled = 0;
    if (length > 0 && length <= this.maxFrameBytes) {
      this.frame = Buffer.allocUnsafeSlow(HEAD_BYTES + length);
      this.filled = this.head.copy(this.frame);
      return;
    }
    this.deliver(Buffer.from(this.head));
    // a negative one ends all order: kafkajs is left to see that
    this.passing = length < 0 ? Number.POSITIVE_INFINITY : length;
  }

  private fill(frame: Buffer, bytes: Buffer): number {
    const taken = bytes.copy(frame, this.filled);
    this.filled += taken;
    if (this.filled === frame.length) {
      this.frame = null;
      this.deliver(frame);
    }
    return taken;
  }

  private pass(bytes: Buffer): number {
    const part = bytes.subarray(0, this.passing);
    this.passing -= part.length;
    this.deliver(Buffer.from(part));
    return part.length;
  }
}

/**
 * Sockets that emit whole answers as their `data`. Node makes a buffer for every read, some sixty for an answer to Fetch:
 * memory outside of the heap, which V8 counts, and collects the whole heap for. Sockets with TLS stay as they are.
 */
export function framedSockets(plain: ISocketFactory): ISocketFactory {
  return (options) => {
    if (options.ssl) return plain(options);
    const { host, port, onConnect } = options;
    const take = (bytes: Buffer): void => frames.take(bytes);
    const socket = connect(
      {
        host,
        port,
        onread: {
          buffer: Buffer.allocUnsafeSlow(READ_BYTES),
          callback: (length, buffer) => {
            take(Buffer.from(buffer.buffer, buffer.byteOffset, length));
            return true;
          },
        },
      },
      onConnect,
    );
    const frames = new Frames((bytes) => void socket.emit('data', bytes));
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    return socket;
  };
}
