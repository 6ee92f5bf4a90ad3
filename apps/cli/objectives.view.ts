import type { ObjectiveReport, StoreDrift } from '#contracts';
import { durationText, percentText } from '#reconciliation';
import { grouped, table } from './text.js';

/** Objectives in a table; nothing where the hub file names none. */
export function renderObjectives(stores: readonly StoreDrift[]): readonly string[] {
  const rows = stores.flatMap(({ system, entity, objectives }) =>
    objectives.map((one) => [
      `${system} ${entity}`,
      one.text,
      one.isMet ? 'met' : 'MISSED',
      measured(one),
      one.budget ? `${grouped(one.budget.used)} of ${grouped(one.budget.allowed)}` : '–',
    ]),
  );
  return rows.length === 0 ? [] : [table(['store', 'objective', 'state', 'measured', 'budget used'], rows)];
}

function measured({ objective, actual }: ObjectiveReport): string {
  if (actual === null) return '–';
  return objective === 'confirmedEqual' ? percentText(actual) : durationText(actual);
}
