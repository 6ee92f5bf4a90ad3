import type { DriftReport } from '#contracts';
import { stringify } from 'csv-stringify/sync';

type Cell = string | number | null;

const COLUMNS = ['part', 'system', 'entity', 'name', 'state', 'count', 'of', 'value', 'unit', 'since', 'text'] as const;
type Row = Readonly<Partial<Record<(typeof COLUMNS)[number], Cell>>>;

/**
 * A report as one table (RFC 4180): `part` says what a row is. A text that a spreadsheet would take for a formula has an
 * apostrophe before it; numbers stay numbers, a negative one too.
 * @see https://owasp.org/www-community/attacks/CSV_Injection
 */
export function toCsv(report: DriftReport): string {
  const rows: Row[] = [
    ...report.stores.flatMap(storeRows),
    ...report.rounds.map((round) => ({
      ...{ part: 'round', system: round.system, entity: round.entity, name: round.id, state: round.state },
      ...{ count: round.changed + round.missing, of: round.scanned, value: round.fixed, unit: 'repaired' },
      ...{ since: round.startedAt, text: round.problem },
    })),
    ...report.holds.map((hold) => ({
      ...{ part: 'hold', system: hold.system, entity: hold.entity, name: hold.id, state: hold.state },
      ...{ count: hold.count, of: hold.limit, since: hold.openedAt, text: `${hold.rule}: ${hold.reason}` },
    })),
    ...report.attribution.map((found) => ({
      ...{ part: 'attribution', system: found.system, entity: found.entity, name: found.facet, state: found.base },
      ...{ count: found.drift, of: found.driftOf, value: found.liftAtLeast, unit: 'times', text: found.value },
    })),
  ];
  return stringify([...rows], { header: true, columns: [...COLUMNS], escape_formulas: true, record_delimiter: '\r\n' });
}

function storeRows(store: DriftReport['stores'][number]): Row[] {
  const { system, entity, open, unlisted, converge, confirmed, objectives } = store;
  const own = { system, entity };
  return [
    ...open.map(({ kind, outcome, count, oldestAt }) => ({
      ...{ part: 'open', ...own, name: kind, state: outcome, count, since: oldestAt },
    })),
    ...(unlisted > 0 ? [{ part: 'open', ...own, name: 'not listed', count: unlisted }] : []),
    ...[['p50', converge.p50Ms] as const, ['p99', converge.p99Ms] as const].map(([name, value]) => ({
      ...{ part: 'converge', ...own, name, count: converge.count, value, unit: 'ms' },
    })),
    {
      ...{ part: 'confirmed equal in 24 h', ...own, count: confirmed?.equal ?? 0, of: confirmed?.keys ?? null },
      ...{ value: confirmed?.share ?? null, unit: 'share', since: confirmed?.scannedAt ?? null },
    },
    ...objectives.map(({ objective, text, isMet, actual, target, budget }) => ({
      ...{ part: 'objective', ...own, name: objective, state: isMet ? 'met' : 'missed', count: budget?.used ?? null },
      ...{ of: budget?.allowed ?? null, value: actual, unit: `target ${target}`, text },
    })),
  ];
}
