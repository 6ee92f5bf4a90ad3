import type { Database } from '#store-postgres';
import type { AcknowledgedWrite } from './live-writes.js';

/** Percentiles of one window, in milliseconds; 0 where nothing was written. */
export interface Latency {
  readonly writes: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

interface Applied {
  readonly sku: string;
  readonly weight: number;
  readonly at_ms: number;
}

/**
 * How long each write of the ERP took until the shop held it or a later one: from the ERP's acknowledgement to the shop's
 * own note of the write. @throws Error when a write did not arrive
 */
export async function measureLatency(database: Database, writes: readonly AcknowledgedWrite[]): Promise<Latency> {
  const ofErp = writes.filter(({ store }) => store === 'erp');
  const [first] = ofErp;
  if (!first) return { writes: 0, p50Ms: 0, p99Ms: 0 };
  const notes = await database.query<Applied>(
    `SELECT sku, weight, extract(epoch FROM at)::float8 * 1000 AS at_ms FROM public.applied
     WHERE at >= to_timestamp($1::float8 / 1000) AND weight IS DISTINCT FROM was_weight ORDER BY id`,
    [first.atMs - 60_000],
  );
  const bySku = new Map<string, Applied[]>();
  for (const note of notes) {
    const ofSku = bySku.get(note.sku);
    if (ofSku) ofSku.push(note);
    else bySku.set(note.sku, [note]);
  }
  const latencies = ofErp.map((write) => latencyOf(write, bySku.get(write.sku) ?? [])).sort((a, b) => a - b);
  return { writes: latencies.length, p50Ms: percentile(latencies, 0.5), p99Ms: percentile(latencies, 0.99) };
}

function latencyOf({ sku, revision, atMs }: AcknowledgedWrite, notes: readonly Applied[]): number {
  const arrived = notes.find(({ weight }) => weight >= revision);
  if (!arrived) throw new Error(`Revision ${revision} of ${sku} did not arrive in the shop.`);
  return Math.max(0, arrived.at_ms - atMs);
}

function percentile(sorted: readonly number[], share: number): number {
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN);
}
