import type { Clock } from '#kernel';
import type { RoundDifference, ScanSummary } from './round-jobs.js';

/** A clock that stands still except when it sleeps; sleeping takes no real time. */
export class FakeClock implements Clock {
  constructor(private ms = 1_000_000) {}

  nowMs(): number {
    return this.ms;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    if (!signal?.aborted) this.ms += ms;
  }

  advance(ms: number): void {
    this.ms += ms;
  }
}

/** A difference of a scan. */
export function aDifference(externalId: string, overrides: Partial<RoundDifference> = {}): RoundDifference {
  return { externalId, key: externalId, kind: 'changed', fields: ['name'], ...overrides };
}

/** `count` differences of one kind, spread over `fields`. */
export function differencesOf(
  kind: RoundDifference['kind'],
  count: number,
  fields: readonly string[] = ['name', 'brand', 'weight'],
): RoundDifference[] {
  return Array.from({ length: count }, (_, index) => {
    const field = fields[index % fields.length];
    return aDifference(`${kind}-${index}`, { kind, fields: kind === 'changed' && field ? [field] : [] });
  });
}

/** A complete scan of 10,000 records with these differences; the counts follow from them. */
export function aSummary(
  differences: readonly RoundDifference[] = [],
  overrides: Partial<ScanSummary> = {},
): ScanSummary {
  const count = (kind: RoundDifference['kind']): number => differences.filter((item) => item.kind === kind).length;
  const fields: Record<string, number> = {};
  for (const name of differences.flatMap((item) => item.fields)) fields[name] = (fields[name] ?? 0) + 1;
  const known = overrides.known ?? 10_000;
  return {
    roundId: 'r1',
    entity: 'product',
    complete: true,
    problem: null,
    known,
    scanned: known - count('missing') + count('foreign'),
    changed: count('changed'),
    missing: count('missing'),
    foreign: count('foreign'),
    undecided: count('undecided'),
    fields,
    digest: `digest of ${differences.map((item) => item.externalId).join()}`,
    differences,
    ...overrides,
  };
}
