import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CellResult, Verdict } from './cell-run.js';

/** Last line of a run of cells: `valid` when no cell was found invalid or unknown; cells that were skipped are named. */
export interface MatrixResult {
  readonly verdict: 'valid' | 'invalid' | 'unknown';
  readonly seed: number;
  readonly cells: number;
  readonly counts: Readonly<Record<Verdict, number>>;
  readonly invalid: readonly string[];
  readonly unknown: readonly string[];
  readonly skipped: readonly string[];
  readonly max_recovery_seconds: number;
  readonly peak_rss_mib: number;
  readonly seconds: number;
}

/** Sums the cells up. Pure. */
export function summarise(seed: number, results: readonly CellResult[]): MatrixResult {
  const named = (verdict: Verdict): string[] =>
    results.filter((result) => result.verdict === verdict).map(({ cell }) => cell);
  const [invalid, unknown, skipped] = [named('invalid'), named('unknown'), named('skipped')];
  const counts = {
    ...{ valid: named('valid').length, invalid: invalid.length },
    ...{ unknown: unknown.length, skipped: skipped.length },
  };
  return {
    verdict: invalid.length > 0 ? 'invalid' : unknown.length > 0 || counts.valid === 0 ? 'unknown' : 'valid',
    ...{ seed, cells: results.length, counts, invalid, unknown, skipped },
    max_recovery_seconds: Math.max(0, ...results.map(({ recoverySeconds }) => recoverySeconds ?? 0)),
    peak_rss_mib: Math.max(0, ...results.map(({ peakRssMiB }) => peakRssMiB)),
    seconds: results.reduce((sum, { seconds }) => sum + seconds, 0),
  };
}

/** One line for a reader. Pure. */
export function lineOf(result: CellResult): string {
  const { cell, verdict, recoverySeconds, seconds, reason } = result;
  const recovery = recoverySeconds === null ? '-' : `${recoverySeconds.toFixed(1)} s`;
  const counts = countsOf(result)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
  const why = reason === null ? '' : `; ${reason}`;
  return `${verdict.padEnd(8)}${cell.padEnd(44)} recovered ${recovery.padStart(6)}  ${counts}; ${seconds} s${why}`;
}

function countsOf(result: CellResult): [string, number][] {
  const { committed, rolledBack, unknownOutcomes, changes, versions, writes, restarts } = result;
  return Object.entries({
    ...{ committed, 'rolled back': rolledBack, unknown: unknownOutcomes },
    ...{ changes, versions, writes, starts: restarts },
  });
}

/** Writes `NAME.json` with everything, and `NAME.md` with a table. @returns the path of the table */
export function writeReport(folder: string, name: string, results: readonly CellResult[]): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(results, null, 2)}\n`);
  const path = join(folder, `${name}.md`);
  writeFileSync(path, toMarkdown(results));
  return path;
}

function toMarkdown(results: readonly CellResult[]): string {
  const [first] = results;
  const names = first ? countsOf(first).map(([count]) => count) : [];
  const head = ['fault', 'part', 'verdict', 'recovered (s)', ...names, 'RSS (MiB)', 'reason'];
  const rows = results.map((result) => [
    ...[result.fault, result.part, result.verdict, result.recoverySeconds?.toFixed(1) ?? '–'],
    ...countsOf(result).map(([, count]) => String(count)),
    ...[String(result.peakRssMiB), (result.reason ?? '').replaceAll('|', '\\|').slice(0, 200)],
  ]);
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}
