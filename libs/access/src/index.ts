export { LocalPeople, withLocalPeople } from './local-people.js';
export { accessSchema, auditKeysFor, openAccess, type AccessParts, type AppAccess } from './open-access.js';
export { withApiKeys, type OpenApiKeys } from './open-api-keys.js';
export { readCheckpoints } from './read-checkpoints.js';
export { auditedServices, verifyAudit, type ServiceAudit } from './verify-audit.js';
export { verifyHub, type AnchoredAudit, type AuditPlace } from './verify-hub.js';
