import type { Screen } from '../report.js';
import type { VersusResult } from './versus.js';

/** Prints the table, and where the script is as good. */
export function tellVersus(screen: Screen, results: readonly VersusResult[]): void {
  screen.heading('A minute later: rows of the shop that are wrong');
  screen.table(
    ['what happened', 'rows', 'wrong: script', 'wrong: hub', 'script noticed', 'who noticed'],
    results.map(({ kind, planted, wrongByScript, wrongByHub, noticedBy }) => [
      ...[kind, planted, wrongByScript, wrongByHub],
      ...[wrongByScript === 0 ? '' : 'nobody', noticedBy],
    ]),
  );
  const fine = results.filter(({ wrongByScript }) => wrongByScript === 0).map(({ kind }) => kind);
  screen.line(`  The script is as good as the hub at: ${fine.join('; ') || 'none of these'}.`);
  screen.line(
    '  Zero prices: the hub holds them until a person decides; the shop keeps its old ones, which counts as right.',
  );
}
