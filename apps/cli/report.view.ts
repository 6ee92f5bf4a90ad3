import type { DriftReport, StoreDrift } from '#contracts';
import { describeOverRepresented, durationText, percentText } from '#reconciliation';
import { renderObjectives } from './objectives.view.js';
import { renderHold } from './status.view.js';
import { grouped, table, when } from './text.js';

/** A report as one screen. */
export function renderReport({ at, since, stores, rounds, roundsLeftOut, holds, attribution }: DriftReport): string {
  const nowMs = Date.parse(at);
  const counted = rounds.length + roundsLeftOut;
  return [
    `Drift since ${when(since, nowMs)}: ${grouped(counted)} rounds, ${grouped(holds.length)} held batches.`,
    renderStores(stores, nowMs),
    ...attribution.slice(0, 5).map((found) => `${describeOverRepresented(found)}.`),
    ...renderObjectives(stores),
    ...holds.filter(({ state }) => state === 'open').map((hold) => renderHold(hold, nowMs)),
  ].join('\n\n');
}

function renderStores(stores: readonly StoreDrift[], nowMs: number): string {
  const rows = stores.map(({ system, entity, open, unlisted, converge, confirmed }) => {
    const oldest = open.map(({ oldestAt }) => oldestAt).sort()[0];
    return [
      ...[system, entity, open.reduce((sum, { count }) => sum + count, unlisted)],
      oldest === undefined ? '–' : when(oldest, nowMs),
      ...[converge.p50Ms, converge.p99Ms].map((ms) => (ms === null ? '–' : durationText(ms))),
      confirmed === null ? 'no complete scan' : percentText(confirmed.share),
    ];
  });
  return table(['system', 'entity', 'open', 'oldest', 'gone p50', 'p99', 'confirmed equal in 24 h'], rows);
}
