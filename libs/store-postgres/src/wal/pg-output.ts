import { HubError } from '#kernel';

/** The few messages that a publication of inserts sends. LSNs are positions in the WAL, a xid is the low 32 bits of a transaction's id. */
export type WalMessage =
  | { readonly kind: 'begin'; readonly finalLsn: bigint; readonly xid: number }
  | { readonly kind: 'insert'; readonly columns: readonly string[]; readonly fields: readonly Buffer[] }
  | { readonly kind: 'commit'; readonly endLsn: bigint };

const [BEGIN, COMMIT, RELATION, INSERT, BINARY] = ['B', 'C', 'R', 'I', 'b'].map((letter) => letter.charCodeAt(0));

/**
 * Reads messages of pgoutput, protocol 1 with binary values. Columns have the order of the table, and none is null.
 * @see https://www.postgresql.org/docs/current/protocol-logicalrep-message-formats.html
 */
export class PgOutput {
  /** By the table's oid: a table is described before its first row, and again when it has changed. */
  private readonly columns = new Map<number, readonly string[]>();

  /** Null for what says nothing of a row. Fields are views of `message`. @throws HubError HUB_INVARIANT_BROKEN */
  read(message: Buffer): WalMessage | null {
    const kind = message[0];
    if (kind === INSERT) return this.readInsert(message);
    if (kind === BEGIN) return { kind: 'begin', finalLsn: message.readBigUInt64BE(1), xid: message.readUInt32BE(17) };
    if (kind === COMMIT) return { kind: 'commit', endLsn: message.readBigUInt64BE(10) };
    if (kind === RELATION) this.columns.set(message.readUInt32BE(1), columnsOf(message));
    return null;
  }

  private readInsert(message: Buffer): WalMessage {
    const columns = this.columns.get(message.readUInt32BE(1)) ?? [];
    const fields: Buffer[] = [];
    let at = 8; // kind, oid, 'N', number of columns
    for (const name of columns) {
      if (message[at] !== BINARY)
        throw new HubError('HUB_INVARIANT_BROKEN', 'A column is null or not binary.', { name });
      const start = at + 5;
      at = start + message.readInt32BE(at + 1);
      fields.push(message.subarray(start, at));
    }
    return { kind: 'insert', columns, fields };
  }
}

/** Names of a table's columns out of its description. */
function columnsOf(message: Buffer): string[] {
  let at = endOfText(message, endOfText(message, 5)); // namespace and name
  const count = message.readInt16BE(at + 1);
  at += 3;
  return Array.from({ length: count }, () => {
    const end = message.indexOf(0, at + 1);
    const name = message.toString('utf8', at + 1, end);
    at = end + 9; // its type and modifier
    return name;
  });
}

function endOfText(message: Buffer, start: number): number {
  return message.indexOf(0, start) + 1;
}
