import type { ExternalId } from '#kernel';
import type { RowFacts, StoredDifference } from '#mirror';
import type { Facts, Population, ScanEvidence, ScanSummary } from '#reconciliation';
import type { EntityContext, HostContext } from './host-context.js';

/** Records that drift is compared with: a share of 3 % is known within ±0.3 percentage points, in a third of a second. */
const SAMPLE_SIZE = 10_000;
/** Values of one facet whose records are counted: those that most drifting records have. */
const MAX_VALUES = 200;

/** Says of a round's differences what tells them apart, and how many other records are not as the hub wants them. */
export async function addEvidence(
  context: HostContext,
  { entity, categories = [] }: EntityContext,
  summary: ScanSummary,
  confirmed: readonly StoredDifference[],
): Promise<ScanSummary> {
  const { facts: mirror, random } = context;
  const counts = await mirror.countUnequal(
    entity,
    confirmed.map(({ externalId }) => externalId),
  );
  if (summary.differences.length === 0) return { ...summary, evidence: { ...counts, population: null } };
  const ids = summary.differences.map(({ externalId }) => externalId as ExternalId);
  const rows = await mirror.findFacts(entity, categories, ids);
  const differences = summary.differences.map((difference) => {
    const row = rows.get(difference.externalId as ExternalId);
    return row ? { ...difference, facts: toFacts(row, categories) } : difference;
  });
  const sample = await mirror.sampleFacts(entity, categories, { live: summary.known, size: SAMPLE_SIZE, random });
  const population = toPopulation(
    differences.flatMap(({ facts }) => (facts ? [facts] : [])),
    { facts: sample.facts.map((row) => toFacts(row, categories)), isSample: sample.isSample },
  );
  const evidence: ScanEvidence = { ...counts, population };
  return { ...summary, differences, evidence };
}

/** By facet; a field named like a facet of ours stands in for it. */
export function toFacts({ status, values, writtenBy, writtenHour }: RowFacts, categories: readonly string[]): Facts {
  return {
    status,
    writtenBy: writtenBy ?? '(never)',
    writtenHour: writtenHour ?? '(never)',
    writtenTime: writtenHour === null ? '(never)' : `${writtenHour.slice(-2)}:00 UTC`,
    ...Object.fromEntries(categories.map((name, index) => [name, values[index] ?? '(empty)'])),
  };
}

/** How often the values of drifting records occur among all. */
export function toPopulation(
  drifting: readonly Facts[],
  all: { readonly facts: readonly Facts[]; readonly isSample: boolean },
): Population {
  const wanted = countValues(drifting);
  const among = countValues(all.facts);
  const counts: Record<string, Record<string, number>> = {};
  for (const [facet, values] of wanted) {
    const told = [...values].sort((a, b) => b[1] - a[1]).slice(0, MAX_VALUES);
    counts[facet] = Object.fromEntries(told.map(([value]) => [value, among.get(facet)?.get(value) ?? 0]));
  }
  return { records: all.facts.length, isSample: all.isSample, counts };
}

function countValues(facts: readonly Facts[]): Map<string, Map<string, number>> {
  const counts = new Map<string, Map<string, number>>();
  for (const one of facts)
    for (const [facet, value] of Object.entries(one)) {
      const values = counts.get(facet) ?? new Map<string, number>();
      counts.set(facet, values.set(value, (values.get(value) ?? 0) + 1));
    }
  return counts;
}
