import type { RawRecord, SystemValue } from '#connector-sdk';

/** A record of a drop, or a line that is none; lines count from 1. */
export type DropRow =
  { readonly line: number; readonly row: RawRecord } | { readonly line: number; readonly reason: string };

/** A record to write: columns with their values. */
export type FileRow = Readonly<Record<string, SystemValue>>;
