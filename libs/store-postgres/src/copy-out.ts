/** What of a connection of pg is used here. */
interface PgConnection {
  query(text: string): void;
}

/** A client of pg: it runs whatever knows how to submit itself, one after the other. */
export interface PgClient {
  query(submittable: CopyOut): unknown;
}

/**
 * A `COPY … TO STDOUT`: the server's bytes as they come, with no object for a row and no text for a value. It does what
 * pg asks of a query.
 * @see https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-COPY
 */
export class CopyOut {
  /** Resolves with all bytes: a view from the begin of the buffer that holds them. */
  readonly done: Promise<Buffer>;
  private end = 0;
  private resolve: (bytes: Buffer) => void = () => undefined;
  private reject: (error: Error) => void = () => undefined;

  /** @param bytes where the bytes go; when there is too little room, into a larger buffer */
  constructor(
    private readonly text: string,
    private bytes: Buffer,
  ) {
    this.done = new Promise((resolve, reject) => ([this.resolve, this.reject] = [resolve, reject]));
  }

  submit(connection: PgConnection): void {
    connection.query(this.text);
  }

  /** `chunk` is a view of a buffer that pg writes over with the next bytes: it is copied at once. */
  handleCopyData({ chunk }: { readonly chunk: Buffer }): void {
    const needed = this.end + chunk.length;
    if (needed > this.bytes.length) this.grow(needed);
    this.bytes.set(chunk, this.end);
    this.end = needed;
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.resolve(this.bytes.subarray(0, this.end));
  }

  handleError(error: Error): void {
    this.reject(error);
  }

  private grow(needed: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.bytes.length));
    this.bytes.copy(grown, 0, 0, this.end);
    this.bytes = grown;
  }
}
