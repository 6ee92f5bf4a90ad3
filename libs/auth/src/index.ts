export { ACTING_PREFIX, ActingTokens } from './acting-tokens.js';
export { AccessGuard, type AccessOptions, type SessionSource } from './access.guard.js';
export { Access, SignedBody } from './access.decorator.js';
export type { AccessRequest } from './access-request.js';
export { AnswerInterceptor } from './answer.interceptor.js';
export {
  API_KEY_PREFIX,
  ApiKeys,
  createApiKey,
  type ApiKeyStore,
  type ApiKeyWish,
  type StoredApiKey,
} from './api-keys.js';
export { AuditInterceptor } from './audit.interceptor.js';
export { BearerAuthenticator, type Authenticator, type AuthenticatorOptions } from './authenticator.js';
export { hashOfNobody, hashPassword, isPasswordOf } from './password-hash.js';
export { MASK, maskPersonal, maskRecord } from './mask-personal.js';
export { OidcTokens, personOfClaims, type OidcSettings, type OidcTimes } from './oidc-tokens.js';
export { Open, Permission, ROUTE_ACCESS, type RouteAccess, type RouteScope } from './permission.decorator.js';
export { isAct, isGranted } from './permissions.js';
export { identityOf, LOCAL_SUBJECT, SERVICE_PRINCIPAL, type Principal, type PrincipalKind } from './principal.js';
export { assertWithinLimit, type RateKind, type RateLimiter, type RateVerdict } from './rate-limiter.js';
export { RequestAccess } from './request-access.js';
export {
  BUILT_IN_ROLES,
  findBeyond,
  grantsOf,
  isInScope,
  permissionsOf,
  type RoleTable,
  type ScopedObject,
} from './roles.js';
export { declaredRoutes, undeclaredRoutes, type DeclaredRoute } from './declared-routes.js';
export {
  FourEyes,
  type ApprovalRequest,
  type ApprovalStore,
  type FourEyesOptions,
  type PendingApproval,
} from './second-person.js';
export { TokenGuard } from './token.guard.js';
export { withinScope } from './within-scope.js';
