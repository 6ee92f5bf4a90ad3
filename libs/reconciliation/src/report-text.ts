import type { OverRepresented } from '#contracts';

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/** Beyond so many the next larger unit says more. */
const MANY = 120;

/** As a hub file writes it where that is exact (`90m`), else rounded (`6.83 h`). */
export function durationText(ms: number): string {
  for (const [unit, size] of UNITS) if (ms >= size && ms % size === 0 && ms / size < MANY) return `${ms / size}${unit}`;
  for (const [unit, size] of UNITS) if (ms >= size) return `${Number((ms / size).toPrecision(3))} ${unit}`;
  return `${Math.round(ms)} ms`;
}

/** `99.9%`; never rounded up to all, nor down to none. */
export function percentText(share: number): string {
  const percent = share * 100;
  if (share < 1 && percent > 99.9) return `${Math.floor(percent * 10_000) / 10_000}%`;
  if (share > 0 && percent < 0.1) return `${Number(percent.toPrecision(2))}%`;
  return `${Number(percent.toFixed(1))}%`;
}

const BASES: Readonly<Record<OverRepresented['base'], string>> = {
  records: 'of all',
  sample: 'of all (sampled)',
  fields: 'if it fell on all fields alike',
  earlier: 'in the rounds before',
};

const FACETS: Readonly<Record<string, string>> = {
  writtenBy: 'last written by',
  writtenHour: 'last written in hour',
  writtenTime: 'last written at',
};

/** `98% of the drift of shop product has brand X, 3% of all: at least 25 times as often`. */
export function describeOverRepresented(found: OverRepresented): string {
  const { system, entity, facet, value, driftShare, baseShare, base, liftAtLeast } = found;
  const where = system === null ? 'all drift' : `the drift of ${system} ${entity ?? ''}`.trimEnd();
  const times = Number(liftAtLeast.toFixed(1));
  const shares = `${percentText(driftShare)} of ${where} has ${facetText(facet)} ${value}, ${percentText(baseShare)} ${BASES[base]}`;
  return `${shares}: at least ${times} times as often`;
}

/** What people call a facet. */
export function facetText(facet: string): string {
  return FACETS[facet] ?? facet;
}
