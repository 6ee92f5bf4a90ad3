import type { CanonicalFields, CanonicalValue, Instant, RecordStatus } from '#kernel';
import type { AuthoredField, Contribution, GoldenState, Intent, Observation, StoredForm } from '#mirror';

// Compact JSON of the parts of a mirror row. Sequences and versions are below 2^53, so they are written as numbers.

/** [value, at, sequence, unread] */
type CompactField = readonly [CanonicalValue, Instant | null, number, 0 | 1];
/** [epoch, sequence, status, status sequence, fields] */
type CompactContribution = readonly [number, number, RecordStatus, number, Readonly<Record<string, CompactField>>];
/** [version, sequence, status, merged sequence, fields] */
type CompactGolden = readonly [number, number, RecordStatus, number, CanonicalFields];
type CompactIntent = Omit<Intent, 'goldenVersion'> & { readonly goldenVersion: number };

/** The parts in one order, since equal texts mean equal observations. @returns null for null */
export function encodeObservation(observation: Observation | null): string | null {
  if (!observation) return null;
  const { version, status, digest, fields } = observation;
  return JSON.stringify({ version, status, digest, fields } satisfies Observation);
}

export function decodeObservation(text: string | null): Observation | null {
  return text === null ? null : (JSON.parse(text) as Observation);
}

export function encodeContribution(contribution: Contribution | null): string | null {
  if (!contribution) return null;
  const { epoch, sequence, status, statusSequence } = contribution;
  const fields: Record<string, CompactField> = {};
  for (const name in contribution.fields) {
    const field = contribution.fields[name] as AuthoredField;
    fields[name] = [field.value, field.at, Number(field.sequence), field.unread ? 1 : 0];
  }
  const compact: CompactContribution = [epoch, Number(sequence), status, Number(statusSequence), fields];
  return JSON.stringify(compact);
}

export function decodeContribution(text: string | null): Contribution | null {
  if (text === null) return null;
  const [epoch, sequence, status, statusSequence, compact] = JSON.parse(text) as CompactContribution;
  const fields: Record<string, AuthoredField> = {};
  for (const name in compact) {
    const [value, at, fieldSequence, unread] = compact[name] as CompactField;
    fields[name] = { value, at, sequence: BigInt(fieldSequence), unread: unread === 1 };
  }
  return { epoch, sequence: BigInt(sequence), status, statusSequence: BigInt(statusSequence), fields };
}

export function encodeGolden(golden: GoldenState | null): string | null {
  if (!golden) return null;
  const { version, sequence, status, mergedSequence, fields } = golden;
  const compact: CompactGolden = [Number(version), Number(sequence), status, Number(mergedSequence), fields];
  return JSON.stringify(compact);
}

export function decodeGolden(text: string | null): GoldenState | null {
  if (text === null) return null;
  const [version, sequence, status, mergedSequence, fields] = JSON.parse(text) as CompactGolden;
  return {
    version: BigInt(version),
    sequence: BigInt(sequence),
    status,
    mergedSequence: BigInt(mergedSequence),
    fields,
  };
}

export function encodeIntent(intent: Intent | null): string | null {
  return intent && JSON.stringify({ ...intent, goldenVersion: Number(intent.goldenVersion) } satisfies CompactIntent);
}

export function decodeIntent(text: string | null): Intent | null {
  if (text === null) return null;
  const compact = JSON.parse(text) as CompactIntent;
  return { ...compact, goldenVersion: BigInt(compact.goldenVersion) };
}

const NO_FORMS: Readonly<Record<string, StoredForm>> = {};

export function encodeStoredForms(forms: Readonly<Record<string, StoredForm>>): string | null {
  return Object.keys(forms).length === 0 ? null : JSON.stringify(forms);
}

export function decodeStoredForms(text: string | null): Readonly<Record<string, StoredForm>> {
  return text === null ? NO_FORMS : (JSON.parse(text) as Record<string, StoredForm>);
}
