import { compareSchemas, type SchemaChange } from './compare-schemas.js';
import { findDocChanges } from './find-doc-changes.js';
import type { SchemaJson } from './parse-schema.js';

/** A version that is registered. */
export interface KnownVersion {
  readonly version: number;
  /** JSON. */
  readonly schema: string;
}

/** How a schema differs from one version. */
export interface VersionChanges {
  readonly version: number;
  readonly isCompatible: boolean;
  /** Breaking ones first; documentation last. */
  readonly changes: readonly SchemaChange[];
}

/**
 * A schema against every version that is registered, the newest first: FULL_TRANSITIVE asks that none breaks. Pure.
 * @throws SchemaMistake for what is no schema, SyntaxError for what is no JSON
 */
export function judgeSchema(versions: readonly KnownVersion[], text: string): VersionChanges[] {
  const current = JSON.parse(text) as SchemaJson;
  return [...versions]
    .sort((a, b) => b.version - a.version)
    .map(({ version, schema }) => {
      const released = JSON.parse(schema) as SchemaJson;
      const changes = [...compareSchemas(released, current), ...findDocChanges(released, current)];
      return { version, isCompatible: changes.every(({ breaks }) => breaks.length === 0), changes };
    });
}
