export { CHECKPOINT } from './audit-anchor.js';
export { accessSchema, auditKeysFor, openAccess, type AccessParts, type AppAccess } from './open-access.js';
