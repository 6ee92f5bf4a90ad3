export { InMemorySchemaSource } from './in-memory-schema-source.js';
