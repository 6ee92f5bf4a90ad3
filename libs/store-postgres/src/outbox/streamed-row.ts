import { HubError } from '#kernel';
import type { EncodedHeaders, OutboxRow } from '#outbox';
import { timestampMs } from '../binary-rows.js';
import type { WalItem } from '../wal/wal-stream.js';
import { TOPIC_SEPARATOR } from './postgres-outbox-appender.js';

/** A row of the outbox as it was inserted, with the position and the id (low 32 bits) of its transaction. */
export type StreamedRow = OutboxRow & { readonly lsn: bigint; readonly xid: number };

/** Rows that the relay has and has not yet removed. */
export interface HandedPage {
  readonly first: bigint;
  readonly isStreamed: boolean;
  /** Position up to which nothing is needed again once the page is removed; 0 for a page of the table. */
  readonly confirmsLsn: bigint;
}

type Inserted = Extract<WalItem, { readonly lsn: bigint }>;

/** Whether an item is a row, and no end of a transaction. */
export function isRow(item: WalItem): item is Inserted {
  return 'lsn' in item;
}

/** @throws HubError HUB_INVARIANT_BROKEN when the table is no outbox */
export function toRow({ columns, fields, lsn, xid }: Inserted): StreamedRow {
  const field = (name: string): Buffer => {
    const found = fields[columns.indexOf(name)];
    if (found) return found;
    throw new HubError('HUB_INVARIANT_BROKEN', 'The stream lacks a column of the outbox.', { name });
  };
  return {
    lsn,
    xid,
    sequence: field('sequence').readBigInt64BE(0),
    topics: field('topics').toString('utf8').split(TOPIC_SEPARATOR),
    key: field('key').toString('utf8'),
    value: field('value'),
    headers: field('headers') as EncodedHeaders,
    appendedAtMs: timestampMs(field('created_at'), 0),
  };
}

const XIDS = 2n ** 32n;

/**
 * Whether a transaction of the recent past is visible in a snapshot (`xmin:xmax:xip,…` of 64-bit ids). `xid` is the low
 * half of its id: the transaction lies less than 2^31 before or behind the snapshot.
 */
export function isVisible(xid: number, snapshot: string): boolean {
  const [, xmax = '0', xip = ''] = snapshot.split(':');
  const distance = BigInt.asIntN(32, BigInt(xid) - (BigInt(xmax) % XIDS));
  if (distance >= 0n) return false;
  return !xip.split(',').includes(String(BigInt(xmax) + distance));
}
