/** What of a connection of pg is used here. */
interface PgConnection {
  query(text: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

/** A client of pg: it runs whatever knows how to submit itself, one after the other. */
export interface PgLoadingClient {
  query(submittable: CopyIn): unknown;
}

/**
 * A `COPY … FROM STDIN`: rows as bytes, with no parameter for a value. It does what pg asks of a query.
 * @see https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-COPY
 */
export class CopyIn {
  readonly done: Promise<void>;
  private resolve: () => void = () => undefined;
  private reject: (error: Error) => void = () => undefined;

  constructor(
    private readonly text: string,
    private readonly bytes: Buffer,
  ) {
    this.done = new Promise((resolve, reject) => ([this.resolve, this.reject] = [resolve, reject]));
  }

  submit(connection: PgConnection): void {
    connection.query(this.text);
  }

  handleCopyInResponse(connection: PgConnection): void {
    connection.sendCopyFromChunk(this.bytes);
    connection.endCopyFrom();
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.resolve();
  }

  handleError(error: Error): void {
    this.reject(error);
  }
}
