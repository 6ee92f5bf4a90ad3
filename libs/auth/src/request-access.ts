import type { Grant, PermissionName } from '#contracts';
import { HubError } from '#kernel';
import { isAct } from './permissions.js';
import type { Principal } from './principal.js';
import { grantsOf, isInScope, type RoleTable, type ScopedObject } from './roles.js';

/** What {@link RequestAccess} is made of. */
export interface RequestAccessOptions {
  readonly principal: Principal;
  readonly permission: PermissionName;
  readonly roles: RoleTable;
  /** Names this request in the audit and in the answer's `x-request-id`. */
  readonly requestId: string;
  /** What every object of this app belongs to: of a connector, its system. */
  readonly within?: ScopedObject;
}

/** What the caller of one request may do and see. */
export class RequestAccess {
  readonly principal: Principal;
  readonly permission: PermissionName;
  readonly requestId: string;
  private readonly grants: readonly Grant[];

  constructor(private readonly options: RequestAccessOptions) {
    this.principal = options.principal;
    this.permission = options.permission;
    this.requestId = options.requestId;
    this.grants = grantsOf(options.roles, options.principal.roles, options.permission);
  }

  /** Whether the principal has the permission at all, on whatever. */
  get isGranted(): boolean {
    return this.grants.length > 0;
  }

  /** Whether it has it on everything. */
  get isUnlimited(): boolean {
    return this.grants.some(({ scope }) => scope === undefined);
  }

  get isAct(): boolean {
    return isAct(this.permission);
  }

  /** Whether the roles also have another permission, without limits. */
  has(permission: PermissionName): boolean {
    const { roles, principal } = this.options;
    return grantsOf(roles, principal.roles, permission).some(({ scope }) => scope === undefined);
  }

  /** Whether the object lies within a grant of this permission. */
  reaches(object: ScopedObject): boolean {
    const whole = { ...object, ...this.options.within };
    return this.grants.some(({ scope }) => isInScope(scope, whole));
  }

  /** For handlers that look their object up. What is out of scope does not exist for the caller. @throws HubError HUB_NOT_FOUND */
  assertReaches(object: ScopedObject): void {
    if (!this.reaches(object)) throw outOfScope();
  }

  /** The name under which an act is kept: the bearer of the service token says it, everyone else is who they proved to be. */
  actor(claimed?: string): string {
    return this.principal.kind === 'service' && claimed ? claimed : this.principal.subject;
  }
}

/** The same for what is not there and what is out of scope, so that nobody learns which. */
export function outOfScope(): HubError {
  return new HubError('HUB_NOT_FOUND', 'There is no such thing.');
}
