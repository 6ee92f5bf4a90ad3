/** `10,000`. */
export function grouped(value: number | string): string {
  return Number(value).toLocaleString('en-US');
}

/** `1 record`, `2,000 records`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

/** How long ago: `12 s ago`, `3 min ago`, `5 h ago`, `4 days ago`. */
export function ago(instant: string, nowMs: number): string {
  const seconds = Math.max(0, Math.round((nowMs - Date.parse(instant)) / 1000));
  if (seconds < 120) return `${seconds} s ago`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h ago`;
  return `${Math.round(seconds / 86_400)} days ago`;
}

/** `2026-11-23 04:05:06 UTC`. */
export function utc(instant: string): string {
  return `${instant.slice(0, 19).replace('T', ' ')} UTC`;
}

/** `2026-11-23 04:05:06.789 UTC`. */
export function utcMs(instant: string): string {
  return `${instant.slice(0, 23).replace('T', ' ')} UTC`;
}

/** How long: `12 ms`, `3.4 s`, `5 min`. */
export function took(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${(ms / 1_000).toFixed(1)} s`;
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`;
}

/** A canonical value as people write it; what is not there is said. */
export function shown(value: unknown): string {
  if (value === undefined) return '(absent)';
  if (value === null) return '(empty)';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return value === '' ? '(empty text)' : value;
  if (typeof value === 'number') return String(value);
  const texts = Object.entries(value as Readonly<Record<string, string>>);
  return texts.map(([locale, text]) => `${locale}: ${text}`).join(' · ');
}

const MONEY: Readonly<Record<string, readonly string[]>> = { price: ['amount'] };

/** As {@link shown}; an amount of money with two decimals at least. */
export function shownField(entity: string, field: string, value: unknown): string {
  const isMoney = MONEY[entity]?.includes(field) && typeof value === 'string' && /^-?\d+(\.\d)?$/.test(value);
  if (!isMoney) return shown(value);
  const [whole = '', fraction = ''] = value.split('.');
  return `${whole}.${fraction.padEnd(2, '0')}`;
}

/** Whether two canonical values are the same. */
export function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
}
