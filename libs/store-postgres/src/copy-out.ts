/** What of a connection of pg is used here. */
interface PgConnection {
  query(text: string): void;
}

/** A client of pg: it runs whatever knows how to submit itself, one after the other. */
export interface PgClient {
  query(submittable: CopyOut): unknown;
}

/** Rows as they came. */
export interface CopiedRows {
  /** A view from the begin of the buffer that holds them. */
  readonly bytes: Buffer;
  /** Rows are missing at the end, and so is the end's mark. */
  readonly isCut: boolean;
}

/**
 * A `COPY … TO STDOUT`: the server's bytes as they come, with no object for a row and no text for a value. It does what
 * pg asks of a query.
 * @see https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-COPY
 */
export class CopyOut {
  readonly done: Promise<CopiedRows>;
  private end = 0;
  private isCut = false;
  private resolve: (rows: CopiedRows) => void = () => undefined;
  private reject: (error: Error) => void = () => undefined;

  /**
   * @param bytes where the bytes go; when there is too little room, into a larger buffer
   * @param mostBytes rows beyond it are dropped, but for the first: so a page of large rows takes no more memory than others
   */
  constructor(
    private readonly text: string,
    private bytes: Buffer,
    private readonly mostBytes = Number.POSITIVE_INFINITY,
  ) {
    this.done = new Promise((resolve, reject) => ([this.resolve, this.reject] = [resolve, reject]));
  }

  submit(connection: PgConnection): void {
    connection.query(this.text);
  }

  /** `chunk` is one row, and a view of a buffer that pg writes over with the next bytes: it is copied at once. */
  handleCopyData({ chunk }: { readonly chunk: Buffer }): void {
    const needed = this.end + chunk.length;
    if (this.isCut || (needed > this.mostBytes && this.end > 0)) {
      this.isCut = true;
      return;
    }
    if (needed > this.bytes.length) this.grow(needed);
    this.bytes.set(chunk, this.end);
    this.end = needed;
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.resolve({ bytes: this.bytes.subarray(0, this.end), isCut: this.isCut });
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
