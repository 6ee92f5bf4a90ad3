import type { RequestAccess } from '#auth';
import type { OpenClass, TrendMeasure, TrendPoint, TrendReport, TrendSeries, TrendStore } from '#contracts';
import { instantOfMs } from '#kernel';
import { BUCKET_MS } from './thin-trend.js';

/** What is asked for. */
export interface TrendQuestion {
  readonly hours: number;
  /** Null: every system that the roles reach. */
  readonly system: string | null;
  readonly nowMs: number;
}

type Reach = Pick<RequestAccess, 'isUnlimited' | 'reaches'>;
type Figures = Map<string, { readonly at: Omit<TrendSeries, 'values'>; readonly values: (number | null)[] }>;

const HOUR_MS = 60 * 60_000;
/** An hour is measured every half minute, or slower while services take long to answer. */
const FINE_GAP_MS = 4 * 60_000;
/** The kept ones of two buckets side by side are never farther apart. */
const COARSE_GAP_MS = 2 * BUCKET_MS + 60_000;

/**
 * Measurements as series by system, of what the roles reach; of one system with its drift by class. A sum over the entities of a
 * system is null where none of them was measured. Pure.
 */
export function toTrendReport(points: readonly TrendPoint[], question: TrendQuestion, access: Reach): TrendReport {
  const { hours, system, nowMs } = question;
  const figures: Figures = new Map();
  points.forEach(({ stores, waiting }, index) => {
    const note = noteAt(figures, index, points.length);
    const reached = stores.filter(
      (store) =>
        (system ?? store.system) === store.system && access.reaches({ entity: store.entity, system: store.system }),
    );
    const ids = new Set<string>(reached.map((store) => store.system));
    for (const [service, events] of Object.entries(waiting)) {
      const isShown = ids.has(service) || (service === 'golden' && access.isUnlimited && system === null);
      if (isShown) note('waiting', service, events);
    }
    for (const id of ids) noteSystem(id, reached, system !== null, note);
  });
  return {
    since: instantOfMs(nowMs - hours * HOUR_MS),
    at: instantOfMs(nowMs),
    gapMs: hours <= 1 ? FINE_GAP_MS : COARSE_GAP_MS,
    times: points.map(({ at }) => Date.parse(at)),
    series: [...figures.values()].map(({ at, values }) => ({ ...at, values })),
  };
}

type Note = (measure: TrendMeasure, of: string, value: number | null, kind?: OpenClass) => void;

function noteAt(figures: Figures, index: number, length: number): Note {
  return (measure, of, value, kind) => {
    if (value === null) return;
    const name = JSON.stringify([measure, of, kind]);
    const figure = figures.get(name) ?? {
      at: { measure, of, kind: kind ?? null },
      values: new Array<number | null>(length).fill(null),
    };
    figures.set(name, figure);
    figure.values[index] = value;
  };
}

function noteSystem(system: string, all: readonly TrendStore[], isByClass: boolean, note: Note): void {
  const stores = all.filter((store) => store.system === system);
  const open = stores.flatMap((store) => store.open ?? []);
  note('due', system, sumOf(stores.flatMap(({ due }) => due ?? [])));
  note('behindMs', system, highestOf(stores.flatMap(({ behindMs }) => behindMs ?? [])));
  note('oldestDriftMs', system, highestOf(stores.flatMap(({ oldestMs }) => oldestMs ?? [])));
  note('confirmedEqual', system, shareOf(stores.flatMap(({ confirmed }) => confirmed ?? [])));
  if (!isByClass) note('openDrift', system, sumOf(open.map((classes) => sumOf(Object.values(classes)) ?? 0)));
  else if (open.length > 0)
    for (const kind of CLASSES) note('openDrift', system, sumOf(open.map((classes) => classes[kind] ?? 0)), kind);
}

const CLASSES: readonly OpenClass[] = ['changed', 'missing', 'foreign', 'undecided', 'unlisted'];

function sumOf(numbers: readonly number[]): number | null {
  return numbers.length === 0 ? null : numbers.reduce((total, number) => total + number, 0);
}

function highestOf(numbers: readonly number[]): number | null {
  return numbers.length === 0 ? null : Math.max(...numbers);
}

function shareOf(confirmed: readonly NonNullable<TrendStore['confirmed']>[]): number | null {
  const keys = sumOf(confirmed.map((one) => one.keys));
  if (keys === null) return null;
  return keys === 0 ? 1 : (sumOf(confirmed.map((one) => one.equal)) ?? 0) / keys;
}
