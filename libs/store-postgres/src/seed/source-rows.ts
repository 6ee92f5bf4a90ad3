import type { GoldenEvent } from '#contracts';
import type { BusinessKey, Instant } from '#kernel';
import type { NotedTopic, SourcedRecord, SourceWord } from '#replay';

/** A noted topic as JSON: offsets are texts. */
export interface NotedJson {
  readonly notedAt: Instant;
  readonly ranges: readonly { readonly partition: number; readonly low: string; readonly high: string }[];
}

/** A differing record as it is stored. */
export interface RecordRow {
  readonly partition: number;
  readonly kind: SourcedRecord['kind'];
  readonly document: Omit<GoldenEvent, 'version' | 'sequence' | 'merged'> & {
    readonly version: string;
    readonly sequence: string;
    readonly merged: readonly (Omit<GoldenEvent['merged'][number], 'sequence'> & { readonly sequence: string })[];
  };
}

/** A word as it is stored. */
export interface WordRow {
  readonly system: SourceWord['system'];
  readonly external_id: SourceWord['externalId'];
  readonly key: BusinessKey;
  readonly document: Omit<SourceWord['contribution'], 'sequence'> & { readonly sequence: string };
}

export function toNotedText({ notedAt, ranges }: NotedTopic): string {
  const list = [...ranges].map(([partition, { low, high }]) => ({ partition, low: String(low), high: String(high) }));
  return JSON.stringify({ notedAt, ranges: list });
}

export function toNoted({ notedAt, ranges }: NotedJson): NotedTopic {
  const entries = ranges.map(
    ({ partition, low, high }) => [partition, { low: BigInt(low), high: BigInt(high) }] as const,
  );
  return { notedAt, ranges: new Map(entries) };
}

/** JSON in which whole numbers of 64 bits are texts. */
export function toDocument(value: GoldenEvent | SourceWord['contribution']): string {
  return JSON.stringify(value, (_name, part: unknown) => (typeof part === 'bigint' ? String(part) : part));
}

export function toRecord({ partition, kind, document }: RecordRow): SourcedRecord {
  const { version, sequence, merged, ...rest } = document;
  const upTo = merged.map((one) => ({ ...one, sequence: BigInt(one.sequence) }));
  const event = { ...rest, version: BigInt(version), sequence: BigInt(sequence), merged: upTo };
  return { partition, kind, event };
}

export function toWord({ system, external_id, key, document }: WordRow): SourceWord {
  const contribution = { ...document, sequence: BigInt(document.sequence) };
  return { system, externalId: external_id, key, contribution };
}
