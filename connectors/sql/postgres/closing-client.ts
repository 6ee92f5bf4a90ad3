import pg from 'pg';

/**
 * The driver's client, which closes its socket where connecting fails on its own side: without a password that the server asks for. The
 * driver leaves it open for the server's minute (`authentication_timeout`), in which no database of that server can be dropped.
 */
export class ClosingClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    this.connection.on('error', () => this.connection.stream.destroy());
  }
}
