import type { DriftItem, OverRepresented, RoundReport } from '#contracts';
import { describeOverRepresented } from '#reconciliation';
import { EXIT, type ExitCode } from './exit-codes.js';
import { DRIFT_LIMIT } from '#hub-client';
import { age, grouped, indent, table } from './text.js';

const ITEMS_SHOWN = 20;
const CAUSES_SHOWN = 3;
const ENDED: readonly RoundReport['state'][] = ['held', 'verified', 'clean', 'failed', 'rejected'];

/** True when a round needs no more waiting: it ended, or someone must decide. */
export function isSettled(round: RoundReport): boolean {
  return ENDED.includes(round.state);
}

/** Exit code that a round's state deserves. */
export function exitCodeOfRound(round: RoundReport): ExitCode {
  if (round.state === 'held') return EXIT.held;
  return round.state === 'failed' || round.unfixed > 0 ? EXIT.failed : EXIT.ok;
}

/** Rounds in a table, newest first as given, and what to do about those that are held or failed. */
export function renderRounds(rounds: readonly RoundReport[], nowMs: number): string {
  if (rounds.length === 0) return 'No round has run yet; start one with `plumbline reconcile SYSTEM`.';
  const heads = [
    'round',
    'system',
    'entity',
    'state',
    'scanned',
    'changed',
    'missing',
    'foreign',
    'undecided',
    'fixed',
    'unfixed',
    'started',
  ];
  const rows = rounds.map((r) => [
    r.id,
    r.system,
    r.entity,
    r.state,
    r.scanned,
    r.changed,
    r.missing,
    r.foreign,
    r.undecided,
    r.fixed,
    r.unfixed,
    age(nowMs - Date.parse(r.startedAt)),
  ]);
  return [table(heads, rows), ...rounds.flatMap(describeRound)].join('\n');
}

/** One line of progress. */
export function describeProgress(round: RoundReport): string {
  const found = `${grouped(round.scanned)} scanned, ${grouped(round.changed + round.missing)} differ, ${grouped(round.fixed)} fixed`;
  return `${round.system} ${round.entity}: ${round.state}, ${found}`;
}

/** A round with its drift and what that has in common. */
export interface RoundDrift {
  readonly round: RoundReport;
  readonly items: readonly DriftItem[];
  readonly attribution: readonly OverRepresented[];
}

/** The drift of one round: what it has in common, and the first few items. */
export function renderDrift({ round, items, attribution }: RoundDrift): string {
  const head = `${round.system} ${round.entity}, round ${round.id}`;
  if (items.length === 0) return `${head}: no drift.`;
  const shown = items.slice(0, ITEMS_SHOWN);
  const rows = shown.map((item) => [item.key ?? item.externalId, item.kind, item.fields.join(', '), item.outcome]);
  const more =
    items.length > shown.length
      ? [indent(`… and ${grouped(items.length - shown.length)} more (--json lists up to ${grouped(DRIFT_LIMIT)})`)]
      : [];
  const common = attribution.slice(0, CAUSES_SHOWN).map((found) => indent(`${describeOverRepresented(found)}.`));
  return [`${head}:`, ...common, indent(table(['record', 'drift', 'fields', 'outcome'], rows)), ...more].join('\n');
}

function describeRound(round: RoundReport): readonly string[] {
  if (round.state === 'held' && round.holdId)
    return [`${round.id} is held: \`plumbline approve ${round.holdId}\` or \`plumbline reject ${round.holdId}\`.`];
  return round.problem ? [`${round.id}: ${round.problem}`] : [];
}
