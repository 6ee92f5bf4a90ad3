import type { ChartUnit } from './chart-scale.js';
import { counted, took } from './text.js';

const SECOND_MS = 1_000;

/** `14:05:30 UTC`; nothing without a time. */
export function clock(ms: number | undefined): string {
  return ms === undefined ? '' : `${new Date(ms).toISOString().slice(11, 19)} UTC`;
}

/** A value with its unit, as it is read out. */
export function readOut(unit: ChartUnit, value: number | null): string {
  if (value === null) return 'not measured';
  if (unit === 'share') return `${floorTo(value * 100, 1_000)} %`;
  if (unit === 'duration') return value < SECOND_MS ? `${Math.round(value)} ms` : took(value);
  return counted(value, unit.slice(0, -1));
}

/** Never up: what is not all is not 100. */
function floorTo(value: number, parts: number): number {
  return Math.floor(value * parts + 1e-6) / parts;
}
