import type { CanonicalFields, Instant } from '#kernel';
import Table from 'cli-table3';

const BARE = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** Rows under their heads, columns aligned; numbers to the right, grouped by thousands. */
export function table(heads: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const isNumeric = heads.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'));
  const view = new Table({
    head: [...heads],
    chars: BARE,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: isNumeric.map((numeric) => (numeric ? 'right' : 'left')),
  });
  for (const row of rows) view.push(row.map((cell) => (typeof cell === 'number' ? grouped(cell) : cell)));
  const lines = view.toString().split('\n');
  return lines.map((line) => line.trimEnd()).join('\n');
}

/** `10,000`. */
export function grouped(value: number): string {
  return value.toLocaleString('en-US');
}

/** Every line moved to the right. */
export function indent(text: string, by = 2): string {
  return text.replace(/^(?=.)/gm, ' '.repeat(by));
}

/** `2026-11-23 04:05:06 UTC (3 min ago)`. */
export function when(instant: Instant | string, nowMs: number): string {
  const ms = Date.parse(instant);
  if (Number.isNaN(ms)) return instant;
  return `${instant.slice(0, 19).replace('T', ' ')} UTC (${age(nowMs - ms)})`;
}

/** How long ago: `12 s ago`, `3 min ago`, `5 h ago`, `4 days ago`. */
export function age(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s ago`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h ago`;
  return `${Math.round(seconds / 86_400)} days ago`;
}

/** A canonical value as people write it; a text is quoted so that an empty one and blanks are seen. */
export function showValue(value: CanonicalFields[string] | undefined): string {
  if (value === undefined) return '(absent)';
  if (value === null) return '(empty)';
  if (typeof value === 'object')
    return Object.entries(value)
      .map(([locale, text]) => `${locale}: ${JSON.stringify(text)}`)
      .join(', ');
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return /^-?\d+(\.\d+)?$/.test(value) ? value : JSON.stringify(value);
}
