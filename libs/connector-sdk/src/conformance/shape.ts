import type { CanonicalFields } from '#kernel';

/** A record as the suite puts it into a system; `fields` has all fields that the driver maps. */
export interface SuiteRecord {
  readonly key: string;
  readonly fields: CanonicalFields;
}

/** How the suite's records of an entity look, within what the system under test can hold. */
export interface SuiteShape {
  /** A text field that takes any short text; the rules change it. */
  readonly text: string;
  /** Values of a plain record of this key, of every field that the driver maps. */
  plain(key: string): CanonicalFields;
  /** The fewest values that a record can be created with, besides its key. */
  minimal(key: string): CanonicalFields;
  /** Values that no plain record has, of fields other than `text`; at least one is null. */
  readonly edit: CanonicalFields;
  /** Records at the borders of what the system can hold: keys and texts of all scripts, nulls, decimals. */
  readonly awkward: readonly SuiteRecord[];
}

/** The suite's records for one shape. */
export class SuiteRecords {
  constructor(private readonly shape: SuiteShape) {}

  /** A plain record; `change` replaces fields. */
  plain(key: string, change: CanonicalFields = {}): SuiteRecord {
    return { key, fields: { ...this.shape.plain(key), ...change } };
  }

  /** A plain record with another text. */
  withText(key: string, text: string): SuiteRecord {
    return this.plain(key, this.text(text));
  }

  /** Records `A-0000` … with different values. */
  many(count: number): SuiteRecord[] {
    return Array.from({ length: count }, (_, n) => this.withText(keyOf(n), `Text ${n}`));
  }

  awkward(): readonly SuiteRecord[] {
    return this.shape.awkward;
  }

  /** The text field alone. */
  text(text: string): CanonicalFields {
    return { [this.shape.text]: text };
  }

  /** Fields of an edit, the text field among them. */
  edit(text: string): CanonicalFields {
    return { ...this.text(text), ...this.shape.edit };
  }

  /** Fields of the smallest create, with a text. */
  minimal(key: string, text: string): CanonicalFields {
    return { ...this.shape.minimal(key), ...this.text(text) };
  }
}

/** Key of the n-th of `SuiteRecords.many`. */
export function keyOf(n: number): string {
  return `A-${String(n).padStart(4, '0')}`;
}

/** The records by key, as `SystemDriver.read` gives them. */
export function byKey(records: readonly SuiteRecord[]): Map<string, CanonicalFields> {
  return new Map(records.map(({ key, fields }) => [key, fields]));
}
