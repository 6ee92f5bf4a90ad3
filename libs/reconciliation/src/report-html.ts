import type { DriftReport, RoundReport, StoreDrift } from '#contracts';
import { escapeHtml, htmlTable } from './html-text.js';
import { PAGE_STYLE } from './report-style.js';
import { describeOverRepresented, durationText, facetText, percentText } from './report-text.js';
import { svgBars, type Bar } from './svg-bars.js';

const KINDS = ['changed', 'missing', 'foreign', 'undecided'] as const;
/** Bars of one chart; the tables below hold all. */
const MAX_BARS = 24;

/**
 * A report as one page without scripts and without anything to load: it can be kept, mailed and printed. Every text that
 * is not ours is escaped; what the charts show is in tables as well.
 */
export function toHtml(report: DriftReport): string {
  const title = `Drift from ${time(report.since)} to ${time(report.at)}`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title><style>${PAGE_STYLE}</style></head><body><main>
<h1>${escapeHtml(title)}</h1>
${summary(report)}
${section('Objectives', objectives(report.stores))}
${section('Open drift', openDrift(report.stores))}
${section('What drift has in common', attribution(report))}
${section('Confirmed equal within 24 hours', confirmed(report.stores))}
${section('Time from found to gone', converge(report.stores))}
${section('Held batches', holds(report))}
${section('Rounds', rounds(report))}
</main></body></html>
`;
}

function section(heading: string, content: string): string {
  return `<section><h2>${heading}</h2>\n${content}\n</section>`;
}

function summary({ stores, holds: held }: DriftReport): string {
  const open = stores.reduce((sum, store) => sum + openOf(store), 0);
  const missed = stores.flatMap(({ objectives: all }) => all).filter(({ isMet }) => !isMet).length;
  const waiting = held.filter(({ state }) => state === 'open').length;
  const parts = [
    open === 0 ? good('No drift is open.') : bad(`${open.toLocaleString('en-US')} records are open drift.`),
    missed === 0 ? good('No objective is missed.') : bad(`${missed} objectives are missed.`),
    waiting === 0 ? good('Nothing is held.') : bad(`${waiting} batches are held and wait for a decision.`),
  ];
  return `<p class="summary">${parts.join(' ')}</p>`;
}

function objectives(stores: readonly StoreDrift[]): string {
  const rows = stores.flatMap((store) =>
    store.objectives.map(({ objective, text, isMet, actual, budget }) => [
      nameOf(store),
      escapeHtml(text),
      isMet ? good('met') : bad('missed'),
      actual === null ? '–' : objective === 'confirmedEqual' ? percentText(actual) : durationText(actual),
      budget ? `${number(budget.used)} of ${number(budget.allowed)} used` : '–',
    ]),
  );
  if (rows.length === 0) return '<p>The hub file names none (<code>objectives</code>).</p>';
  return htmlTable(['Store', 'Objective', 'State', 'Measured', 'Error budget'], rows);
}

function openDrift(stores: readonly StoreDrift[]): string {
  const bars = stores
    .filter((store) => openOf(store) > 0)
    .sort((a, b) => openOf(b) - openOf(a))
    .slice(0, MAX_BARS)
    .map((store): Bar => {
      const parts = KINDS.map((kind) => ({ kind, value: countOf(store, kind) }));
      const told = parts.filter(({ value }) => value > 0).map(({ kind, value }) => `${number(value)} ${kind}`);
      return {
        label: `${store.system} ${store.entity}`,
        note: told.join(', '),
        parts: parts.map(({ kind, value }) => ({ value, name: `${number(value)} ${kind}`, className: kind })),
      };
    });
  if (bars.length === 0) return '<p>None.</p>';
  const rows = stores.flatMap((store) => [
    ...store.open.map(({ kind, outcome, count, oldestAt }) => [
      nameOf(store),
      escapeHtml(kind),
      escapeHtml(outcome),
      count,
      time(oldestAt),
    ]),
    ...(store.unlisted > 0 ? [[nameOf(store), 'not listed', '–', store.unlisted, '–']] : []),
  ]);
  const chart = svgBars('Open drift by store and class', bars);
  return `${chart}\n${htmlTable(['Store', 'Class', 'Outcome', 'Records', 'Oldest found'], rows)}`;
}

function attribution({ attribution: found }: DriftReport): string {
  if (found.length === 0) return '<p>Nothing that chance does not explain.</p>';
  const bars = found.slice(0, MAX_BARS / 2).flatMap((one): Bar[] => {
    const label = `${facetText(one.facet)} ${one.value}`;
    const share = (value: number, name: string, className: string): Bar['parts'] => [{ value, name, className }];
    return [
      {
        label,
        note: `${percentText(one.driftShare)} of drift`,
        parts: share(one.driftShare, 'share of drift', 'changed'),
      },
      { label: '', note: `${percentText(one.baseShare)} of all`, parts: share(one.baseShare, 'share of all', 'base') },
    ];
  });
  const rows = found.map((one) => [
    one.system === null ? 'all' : escapeHtml(`${one.system} ${one.entity ?? ''}`),
    escapeHtml(facetText(one.facet)),
    escapeHtml(one.value),
    `${number(one.drift)} of ${number(one.driftOf)}`,
    percentText(one.driftShare),
    percentText(one.baseShare),
    `${one.lift.toFixed(1)} (≥ ${one.liftAtLeast.toFixed(1)})`,
  ]);
  const sentences = found.slice(0, 3).map((one) => `<p>${escapeHtml(describeOverRepresented(one))}.</p>`);
  const heads = ['Store', 'What', 'Value', 'Drift', 'Share of drift', 'Share of all', 'Lift (99 % bound)'];
  const chart = svgBars('Shares among drift and among all records', bars, 1);
  return `${sentences.join('')}\n${chart}\n${htmlTable(heads, rows)}`;
}

function confirmed(stores: readonly StoreDrift[]): string {
  const bars = stores.slice(0, MAX_BARS).map((store): Bar => {
    const share = store.confirmed?.share ?? 0;
    const note = store.confirmed ? percentText(share) : 'no complete scan';
    return {
      label: `${store.system} ${store.entity}`,
      note,
      parts: [{ value: share, name: note, className: 'good' }],
    };
  });
  const rows = stores.map((store) => [
    nameOf(store),
    ...(store.confirmed
      ? [
          percentText(store.confirmed.share),
          store.confirmed.equal,
          store.confirmed.keys,
          time(store.confirmed.scannedAt),
        ]
      : ['–', '–', '–', 'no complete scan']),
  ]);
  const chart = svgBars('Share of keys confirmed equal, by store', bars, 1);
  return `${chart}\n${htmlTable(['Store', 'Share', 'Equal', 'Keys', 'Scan began'], rows)}`;
}

function converge(stores: readonly StoreDrift[]): string {
  const rows = stores
    .filter(({ converge: { count } }) => count > 0)
    .map((store) => {
      const { count, p50Ms, p99Ms } = store.converge;
      return [
        nameOf(store),
        count,
        p50Ms === null ? '–' : durationText(p50Ms),
        p99Ms === null ? '–' : durationText(p99Ms),
      ];
    });
  if (rows.length === 0) return '<p>No drift was repaired.</p>';
  return htmlTable(['Store', 'Repaired', 'p50', 'p99'], rows);
}

function holds({ holds: held }: DriftReport): string {
  if (held.length === 0) return '<p>None.</p>';
  const rows = held.map((hold) => [
    escapeHtml(hold.id),
    escapeHtml(`${hold.system} ${hold.entity}`),
    hold.state === 'open' ? bad('open') : escapeHtml(hold.state),
    hold.count,
    hold.limit,
    escapeHtml(`${hold.rule}: ${hold.reason}`),
    time(hold.openedAt),
  ]);
  return htmlTable(['Hold', 'Store', 'State', 'Records', 'Limit', 'Why', 'Since'], rows);
}

function rounds({ rounds: all, roundsLeftOut }: DriftReport): string {
  if (all.length === 0) return '<p>None.</p>';
  const rows = all.map((round) => [
    escapeHtml(round.id),
    escapeHtml(`${round.system} ${round.entity}`),
    state(round),
    ...[round.scanned, round.changed, round.missing, round.foreign, round.undecided, round.fixed, round.unfixed],
    time(round.startedAt),
    escapeHtml(round.problem ?? ''),
  ]);
  const heads = [
    'Round',
    'Store',
    'State',
    'Scanned',
    'Changed',
    'Missing',
    'Foreign',
    'Undecided',
    'Fixed',
    'Unfixed',
  ];
  const more = roundsLeftOut > 0 ? `<p>… and ${number(roundsLeftOut)} older ones.</p>` : '';
  return `${htmlTable([...heads, 'Started', 'Problem'], rows)}${more}`;
}

function state({ state: now, unfixed }: RoundReport): string {
  return now === 'failed' || now === 'held' || unfixed > 0 ? bad(now) : escapeHtml(now);
}

function openOf(store: StoreDrift): number {
  return store.unlisted + store.open.reduce((sum, { count }) => sum + count, 0);
}

function countOf({ open }: StoreDrift, kind: (typeof KINDS)[number]): number {
  return open.filter((one) => one.kind === kind).reduce((sum, { count }) => sum + count, 0);
}

function nameOf({ system, entity }: StoreDrift): string {
  return escapeHtml(`${system} ${entity}`);
}

function good(text: string): string {
  return `<span class="is-good">${escapeHtml(text)}</span>`;
}

function bad(text: string): string {
  return `<strong class="is-bad">${escapeHtml(text)}</strong>`;
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}

function time(instant: string): string {
  return escapeHtml(`${instant.slice(0, 19).replace('T', ' ')} UTC`);
}
