export { ApiKeyDesk, type ApiKeyDeskOptions, type WantedKey } from './api-key-desk.js';
export { assertKnownRoles, rolesOf } from './hub-roles.js';
export { keptAct, type Changer } from './kept-act.js';
export { LocalPeople, withLocalPeople } from './local-people.js';
export { accessSchema, auditKeysFor, openAccess, type AccessParts, type AppAccess } from './open-access.js';
export { operatorNamed, withApiKeys, type ApiKeysPlace, type OpenApiKeys } from './open-api-keys.js';
export { readCheckpoints } from './read-checkpoints.js';
export { auditedServices, verifyAudit, type ServiceAudit } from './verify-audit.js';
export { verifyHub, type AnchoredAudit, type AuditPlace } from './verify-hub.js';
