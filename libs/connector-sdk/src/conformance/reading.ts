import { differingFields } from '#canonical';
import type { Entity } from '#contracts';
import type { CanonicalFields, ExternalId } from '#kernel';
import type { ChangePage, Connector, KeyRange, ObservedRecord } from '../connector.js';

const MAX_PAGES = 1_000;
export const WHOLE: KeyRange = { from: null, to: null };

/** What a host would know after the pages it was given: the latest record by external id. */
export class KnownRecords {
  readonly records = new Map<ExternalId, ObservedRecord>();
  readonly rejected = new Set<string>();
  /** External ids that were new, differed from what was known, or went away; in the order seen. */
  changed: ExternalId[] = [];

  take(page: Pick<ChangePage, 'records' | 'rejected'>): void {
    for (const record of page.records) this.takeRecord(record);
    for (const { externalId } of page.rejected) this.rejected.add(externalId);
  }

  /** Live records by key. */
  byKey(): Map<string, CanonicalFields> {
    const live = [...this.records.values()].filter(({ status }) => status === 'live');
    return new Map(live.map(({ key, fields }) => [String(key), fields]));
  }

  private takeRecord(record: ObservedRecord): void {
    const known = this.records.get(record.externalId);
    const isSame = known?.status === record.status && differingFields(known.fields, record.fields).length === 0;
    if (!isSame) this.changed.push(record.externalId);
    this.records.set(record.externalId, record);
  }
}

/** Reads changes until there is nothing more, batch after batch; between pages `then` may act. Returns every cursor. */
export async function readAll(
  connector: Connector,
  entity: Entity,
  known: KnownRecords,
  options: {
    readonly cursor?: string | null;
    readonly limit?: number;
    readonly then?: (page: number) => Promise<void>;
  } = {},
): Promise<string[]> {
  const cursors: string[] = [];
  let cursor = options.cursor ?? null;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const read = await connector.changes(entity, cursor, options.limit ?? 100);
    known.take(read);
    cursor = read.cursor;
    cursors.push(cursor);
    if (!read.more && read.records.length + read.rejected.length === 0) return cursors;
    await options.then?.(page);
  }
  throw new Error(`changes did not end within ${MAX_PAGES} pages`);
}

/** Scans a range to its end. */
export async function scanAll(
  connector: Connector,
  entity: Entity,
  options: { readonly range?: KeyRange; readonly limit?: number; readonly then?: (page: number) => Promise<void> } = {},
): Promise<ObservedRecord[]> {
  const records: ObservedRecord[] = [];
  let after: ExternalId | null = null;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const read = await connector.scan(entity, options.range ?? WHOLE, after, options.limit ?? 100);
    records.push(...read.records);
    if (read.next === null) return records;
    after = read.next;
    await options.then?.(page);
  }
  throw new Error(`the scan did not end within ${MAX_PAGES} pages`);
}

/** The record of a key, read now. */
export async function getByKey(connector: Connector, entity: Entity, key: string): Promise<ObservedRecord> {
  const { records } = await connector.fetch(entity, { by: 'key', keys: [key as ObservedRecord['key']] });
  const [record] = records;
  if (!record || records.length > 1) throw new Error(`${records.length} records of the key ${key}`);
  return record;
}
