import type { ScanProgress, ScanReport } from '#contracts';
import { grouped, table } from './text.js';

/** What rounds would cost, one line an entity, and what is under way. */
export function renderScans(scans: readonly ScanReport[]): string {
  const heads = ['system', 'entity', 'reads', 'records', 'a page', 'calls', 'calls/s allowed', 'takes'];
  const rows = scans.map((scan) => [
    ...[scan.system, scan.entity, scan.by === 'digests' ? 'digests' : 'every record', grouped(scan.records)],
    ...(scan.by === 'digests' ? ['–', '–', '–', '–'] : costOf(scan)),
  ]);
  const running = scans.flatMap(({ system, entity, pages, progress }) =>
    progress === null ? [] : [`${system} ${entity}: ${describeScan(pages, progress)}`],
  );
  const note = scans.some(({ by }) => by === 'pages') ? ['Records that differ are read once more.'] : [];
  return [table(heads, rows), ...note, ...running].join('\n');
}

/** How far a scan is, in words. */
export function describeScan(pages: number, progress: ScanProgress): string {
  const { resumedAt, restarted, minutesLeft, isRead } = progress;
  if (isRead) return `all ${grouped(progress.pages)} pages are read; what differs is read again`;
  return [
    `page ${grouped(progress.pages)} of about ${grouped(pages)}`,
    ...(minutesLeft === null ? [] : [`${minutes(minutesLeft)} left`]),
    ...(resumedAt === null ? [] : [`went on at page ${grouped(resumedAt)}`]),
    ...(restarted === null ? [] : [`begun anew: ${restarted}`]),
  ].join(', ');
}

function costOf({ pageSize, pages, callsPerSecond, minutes: some }: ScanReport): string[] {
  const rate = callsPerSecond === null ? 'no limit known' : String(Number(callsPerSecond.toFixed(2)));
  return [grouped(pageSize), grouped(pages), rate, some === null ? 'not known' : minutes(some)];
}

function minutes(value: number): string {
  if (value < 1) return 'under 1 min';
  return value < 120 ? `about ${Math.ceil(value)} min` : `about ${(value / 60).toFixed(1)} h`;
}
