import type { DriftItem, Hold, RoundReport } from '#contracts';
import type { BusinessKey, ExternalId, Instant } from '#kernel';
import type { Round } from '#reconciliation';

/** A row of `round`; also what a report is made of. */
export interface RoundRow extends Omit<Round, 'approvedBy' | 'holdId'> {
  readonly approved_by: string | null;
  readonly hold_id: string | null;
}

/** A round with its times as instants. */
export interface ReportRow extends RoundRow {
  readonly started: Instant;
  readonly ended: Instant | null;
}

/** A row of `hold` with its round. */
export interface HoldRow extends Omit<Hold, 'kind' | 'openedAt' | 'decidedAt' | 'decidedBy'> {
  readonly opened: Instant;
  readonly decided: Instant | null;
  readonly decided_by: string | null;
}

/** A row of `drift_item`. */
export interface ItemRow {
  readonly external_id: string;
  readonly key: string | null;
  readonly kind: DriftItem['kind'];
  readonly fields: string[];
  readonly outcome: DriftItem['outcome'];
}

/** SQL of an instant with six decimals. */
export function instantSql(column: string): string {
  return `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}

export function toRound(row: RoundRow): Round {
  const { id, system, entity, demanded, state, step, attempt, checks, digest, problem, revision } = row;
  const own = { id, system, entity, demanded, state, step, attempt, checks, digest, problem, revision };
  return { ...own, ...countsOf(row), approvedBy: row.approved_by, holdId: row.hold_id };
}

export function toReport(row: ReportRow): RoundReport {
  const { id, system, entity, state, problem } = row;
  const times = { startedAt: row.started, endedAt: row.ended };
  return { id, system, entity, state, ...countsOf(row), holdId: row.hold_id, problem, ...times };
}

export function toHold(row: HoldRow): Hold {
  const { id, system, entity, rule, count, limit, reason, samples, digest, state } = row;
  const own: Omit<Hold, 'openedAt' | 'decidedAt' | 'decidedBy'> = {
    ...{ id, kind: 'round', system, entity, rule },
    ...{ count, limit, reason, samples, digest, state },
  };
  return { ...own, openedAt: row.opened, decidedAt: row.decided, decidedBy: row.decided_by };
}

export function toDriftItem(round: Pick<RoundRow, 'id' | 'entity'>, row: ItemRow): DriftItem {
  const { kind, fields, outcome } = row;
  const externalId = row.external_id as ExternalId;
  return {
    roundId: round.id,
    entity: round.entity,
    externalId,
    key: row.key as BusinessKey | null,
    kind,
    fields,
    outcome,
  };
}

function countsOf({ scanned, changed, missing, foreign, undecided, fixed, unfixed, fields }: RoundRow) {
  return { scanned, changed, missing, foreign, undecided, fixed, unfixed, fields };
}
