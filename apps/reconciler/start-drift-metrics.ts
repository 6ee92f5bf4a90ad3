import { StepLoop, systemClock, type Closers } from '#kernel';
import type { AppRuntime } from '#observability';
import { reportDrift, type DriftReporter } from '#reconciliation';

const EVERY_MS = 15_000;
const DAY_MS = 24 * 60 * 60_000;

/** Keeps the gauges of drift and objectives fresh; every replica tells the same, from the database. */
export function startDriftMetrics(
  { metrics, logger, onFatal }: AppRuntime,
  reporter: DriftReporter,
  closers: Closers,
): void {
  const clock = systemClock;
  const step = async (): Promise<boolean> => {
    const stores = await reporter.storesNow({ sinceMs: clock.nowMs() - DAY_MS, system: null, entity: null });
    reportDrift(stores, metrics, clock);
    return false;
  };
  const mode = { idleMs: EVERY_MS, endsOn: ['park', 'stop', 'crash'], wakesFromErrors: false } as const;
  const loop = new StepLoop({ name: 'drift metrics', step, ...mode, clock, logger, onFatal });
  closers.add(() => loop.stop());
  loop.start();
}
