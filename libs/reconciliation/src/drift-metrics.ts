import type { DriftItem, StoreDrift } from '#contracts';
import type { Clock, Metrics } from '#kernel';
import { oldestOpenMs } from './objectives.js';

const KINDS: readonly DriftItem['kind'][] = ['changed', 'missing', 'foreign', 'undecided'];

/**
 * Tells how drift stands, as gauges by system and entity. What is zero is told as well, so that an alert ends; a share
 * that no scan confirmed is 0. The objective's own text is no label: it changes with the hub file.
 */
export function reportDrift(stores: readonly StoreDrift[], metrics: Metrics, clock: Clock): void {
  for (const { system, entity, open, confirmed, objectives } of stores) {
    const labels = { system, entity };
    for (const kind of KINDS) {
      const records = open.filter((one) => one.kind === kind).reduce((sum, { count }) => sum + count, 0);
      metrics.gauge('plumbline_reconciler_open_drift_records', records, { ...labels, kind });
    }
    const oldestMs = oldestOpenMs(open);
    const ageSeconds = oldestMs === null ? 0 : Math.max(0, clock.nowMs() - oldestMs) / 1000;
    metrics.gauge('plumbline_reconciler_open_drift_oldest_age_seconds', ageSeconds, labels);
    metrics.gauge('plumbline_reconciler_confirmed_equal_ratio', confirmed?.share ?? 0, labels);
    for (const { objective, isMet, budget } of objectives) {
      metrics.gauge('plumbline_reconciler_objective_met', isMet ? 1 : 0, { ...labels, objective });
      if (budget === null) continue;
      metrics.gauge('plumbline_reconciler_error_budget_allowed', budget.allowed, { ...labels, objective });
      metrics.gauge('plumbline_reconciler_error_budget_used', budget.used, { ...labels, objective });
    }
  }
}
