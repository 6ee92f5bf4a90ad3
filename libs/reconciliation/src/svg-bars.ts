import { escapeHtml } from './html-text.js';

/** One bar of parts laid end to end. */
export interface Bar {
  readonly label: string;
  /** What stands behind the bar. */
  readonly note: string;
  readonly parts: readonly { readonly value: number; readonly name: string; readonly className: string }[];
}

const [WIDTH, LABEL, NOTE, ROW, THICK] = [960, 270, 310, 26, 16] as const;
const MAX_LABEL = 34;

/**
 * Horizontal bars as one SVG with an accessible name; colours are classes of the page. Every text is escaped, long labels
 * are cut (their whole is in the bar's title). Empty without bars.
 */
export function svgBars(name: string, bars: readonly Bar[], whole = largest(bars)): string {
  if (bars.length === 0) return '';
  const height = bars.length * ROW + 4;
  const rows = bars.map((bar, index) => row(bar, 2 + index * ROW, whole)).join('\n');
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeHtml(name)}">\n${rows}\n</svg>`;
}

function row({ label, note, parts }: Bar, top: number, whole: number): string {
  const middle = top + THICK / 2 + 4.5;
  const room = WIDTH - LABEL - NOTE;
  let left = LABEL;
  const rects = parts.map(({ value, name, className }) => {
    const width = whole === 0 ? 0 : Math.max(value > 0 ? 1 : 0, (value / whole) * room);
    const rect = `<rect class="${className}" x="${round(left)}" y="${top}" width="${round(width)}" height="${THICK}"><title>${escapeHtml(label === '' ? name : `${label}: ${name}`)}</title></rect>`;
    left += width;
    return rect;
  });
  const short = [...label].length > MAX_LABEL ? `${[...label].slice(0, MAX_LABEL - 1).join('')}…` : label;
  return `<text x="${LABEL - 8}" y="${middle}" text-anchor="end">${escapeHtml(short)}</text>${rects.join('')}<text x="${round(left + 8)}" y="${middle}">${escapeHtml(note)}</text>`;
}

function largest(bars: readonly Bar[]): number {
  return Math.max(0, ...bars.map(({ parts }) => parts.reduce((sum, { value }) => sum + value, 0)));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
