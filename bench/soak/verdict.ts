import type { Database } from '#store-postgres';
import type { AcknowledgedWrite } from './live-writes.js';
import type { Planted } from './planter.js';
import type { EndedRound } from './scans.js';

/** What the rounds said, held against what was planted. */
export interface ScanVerdict {
  /** Full scans of the shop that came to their end. */
  readonly scansCompleted: number;
  readonly planted: number;
  readonly plantedFound: number;
  readonly falseDrifts: number;
  readonly undecided: number;
  /** Undecided records by records that were written while the rounds ran. */
  readonly undecidedRatio: number;
  readonly failedRounds: number;
}

const SHOP = 'shop';

/** Judges rounds by the bench's own list of what it planted, and its own log of what users wrote. */
export function judgeScans(
  rounds: readonly EndedRound[],
  planted: readonly Planted[],
  log: readonly AcknowledgedWrite[],
): ScanVerdict {
  const kinds = new Map(planted.map(({ sku, kind }) => [sku, kind]));
  const found = new Set<string>();
  const repaired = new Set<string>();
  let [falseDrifts, undecided, written] = [0, 0, 0];
  for (const round of rounds) {
    const { system } = round.report;
    for (const { externalId, kind, outcome } of round.drift) {
      if (kind === 'undecided') undecided += 1;
      // what was repaired was planted once: to find it again is to make it up
      else if (system !== SHOP || kinds.get(externalId) !== kind || repaired.has(externalId)) falseDrifts += 1;
      else found.add(externalId);
      if (outcome === 'fixed') repaired.add(externalId);
    }
    written += countWritten(round, log);
  }
  const ended = rounds.filter(({ report }) => report.state === 'verified' || report.state === 'clean');
  return {
    scansCompleted: ended.filter(({ report }) => report.system === SHOP).length,
    planted: planted.length,
    plantedFound: found.size,
    falseDrifts,
    undecided,
    undecidedRatio: written === 0 ? 0 : Number((undecided / written).toFixed(6)),
    failedRounds: rounds.length - ended.length,
  };
}

function countWritten({ report }: EndedRound, log: readonly AcknowledgedWrite[]): number {
  const [from, to] = [Date.parse(report.startedAt), Date.parse(report.endedAt ?? report.startedAt)];
  return new Set(log.filter(({ atMs }) => atMs >= from && atMs <= to).map(({ sku }) => sku)).size;
}

/**
 * Acknowledged writes that are not there any more, and writes of the hub that took a newer revision back. The tables are
 * read at the end, when the shop is said to be equal; the notes are the shop's own.
 */
export async function countLost(stores: Database, log: readonly AcknowledgedWrite[]): Promise<number> {
  const latest = new Map<string, AcknowledgedWrite>();
  for (const write of log) {
    const name = `${write.store} ${write.sku}`;
    if ((latest.get(name)?.revision ?? -1) < write.revision) latest.set(name, write);
  }
  const writes = [...latest.values()];
  const [row] = await stores.query<{ lost: number }>(
    `SELECT count(*)::int AS lost
     FROM unnest($1::text[], $2::text[], $3::int[]) AS w(store, sku, revision)
     LEFT JOIN erp.article e ON e.article_no = w.sku LEFT JOIN shop.product s ON s.sku = w.sku
     WHERE CASE w.store
       WHEN 'erp' THEN e.weight_g IS DISTINCT FROM w.revision OR s.weight_kg * 1000 IS DISTINCT FROM w.revision
       ELSE s.category::int IS DISTINCT FROM w.revision END`,
    [writes.map(({ store }) => store), writes.map(({ sku }) => sku), writes.map(({ revision }) => revision)],
  );
  const [lowered] = await stores.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM public.applied
     WHERE weight < was_weight OR coalesce(category, 0) < coalesce(was_category, 0)`,
  );
  return (row?.lost ?? 0) + (lowered?.count ?? 0);
}
