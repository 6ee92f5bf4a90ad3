export { checkSchema, findChanges, type SchemaCheckOptions } from './check-schema.js';
export { compareSchemas, NEW_READERS, OLD_READERS, type Readers, type SchemaChange } from './compare-schemas.js';
export { findDocChanges } from './find-doc-changes.js';
export { judgeSchema, type KnownVersion, type VersionChanges } from './judge-schema.js';
export { SchemaMistake, type SchemaJson } from './parse-schema.js';
