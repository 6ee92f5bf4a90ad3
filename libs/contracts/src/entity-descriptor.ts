import type { FieldType } from '#kernel';

/** One canonical field: its type, for decimals the declared scale, and what it means. */
export interface FieldDescriptor {
  readonly type: FieldType;
  /** Digits after the point that the schema can hold; decimals only. */
  readonly scale?: number;
  /** Of a field tagged personal (`pii` in the schema): which kind of personal datum it is. Shown to `personal:read` only. */
  readonly personal?: string;
  readonly doc: string;
}

/** What is known of one entity: its business fields and the record names of its events. */
export interface EntityDescriptor {
  readonly entity: string;
  readonly doc: string;
  /** Avro full name of the change event (a system's contribution). */
  readonly changedType: string;
  /** Avro full name of the golden record. */
  readonly goldenType: string;
  readonly fields: Readonly<Record<string, FieldDescriptor>>;
}
