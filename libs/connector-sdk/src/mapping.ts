/** How one canonical field is found in, and written to, the system's record. */
export interface FieldMapping {
  /** Column, CSV header or JSON path (dots) in the system's record; for `texts` one source per locale. */
  readonly from: string | Readonly<Record<string, string>>;
  /** Decimal factor: canonical = system × factor (grams to kilograms: "0.001"). Exact, reversible by division. */
  readonly factor?: string;
  /** Value map, system value to canonical value; must be one to one when the field is written. */
  readonly values?: Readonly<Record<string, string>>;
  /** Digits after the point that the system can hold; desired values are rounded half up to it. */
  readonly scale?: number;
  /** Longest text that the system can hold, in characters. */
  readonly maxLength?: number;
  /** IANA zone of source times that carry no offset; required for them. */
  readonly zone?: string;
  /** Read only: never written. */
  readonly readOnly?: boolean;
}

/**
 * How records of one entity are found in the system. `key` builds the business key from the record's columns:
 * `["sku"]`, or for composite keys a list of columns and constants (`"=main"` is the constant `main`).
 */
export interface EntityMapping {
  /** Table, view, query or file pattern; the connector says which it takes. */
  readonly source: string;
  /** Columns (or `=constants`) of the business key, in the entity's key order. */
  readonly key: readonly string[];
  readonly fields: Readonly<Record<string, FieldMapping>>;
  /** Connector-specific settings of this entity, checked by the connector (id column, time column, cursor …). */
  readonly options: Readonly<Record<string, unknown>>;
}
