import { RESOURCES, VERBS, type Grant, type GrantScope, type PermissionName, type PermissionPattern } from '#contracts';
import { isGranted } from './permissions.js';

/** Roles by name. */
export type RoleTable = Readonly<Record<string, readonly Grant[]>>;

/** What a route, or an object, is about. A dimension that is unknown satisfies no limit. */
export interface ScopedObject {
  readonly entity?: string | undefined;
  readonly system?: string | undefined;
  readonly topic?: string | undefined;
}

const granting = (...permissions: readonly PermissionPattern[]): readonly Grant[] =>
  permissions.map((permission) => ({ permission }));

const VIEWER = granting('*:read');

/** Roles that every hub has. `viewer` sees no personal field, no audit and nothing of access and secrets. */
export const BUILT_IN_ROLES = {
  viewer: VIEWER,
  operator: [
    ...VIEWER,
    ...granting('system:start', 'round:start', 'webhook:release', 'outbox:release', 'dead-letter:*', 'revert:plan'),
    ...granting('replay:plan', 'hold:reject'),
  ],
  data: [...VIEWER, ...granting('*:export', 'personal:read', 'seed:*', 'replay:plan', 'replay:start', 'schema:plan')],
  approver: [
    ...VIEWER,
    ...granting('hold:approve', 'hold:reject', 'revert:plan', 'revert:approve', 'replay:approve', 'restored:approve'),
    ...granting('audit:read'),
  ],
  admin: granting('*:*', 'personal:*', 'audit:*', 'access:*', 'secret:*'),
} as const satisfies RoleTable;

/** The grants that the roles of a principal have for a permission. Roles that nobody defined grant nothing. */
export function grantsOf(table: RoleTable, roles: readonly string[], permission: PermissionName): readonly Grant[] {
  const own = [...new Set(roles)].flatMap((role) => (Object.hasOwn(table, role) ? (table[role] ?? []) : []));
  return own.filter((grant) => isGranted(grant.permission, permission));
}

/** Every permission that the roles have at all, on whatever. */
export function permissionsOf(table: RoleTable, roles: readonly string[]): readonly PermissionName[] {
  const all = RESOURCES.flatMap((resource) => VERBS.map((verb): PermissionName => `${resource}:${verb}`));
  return all.filter((permission) => grantsOf(table, roles, permission).length > 0);
}

/** Whether the object lies within a grant's limits. */
export function isInScope(scope: GrantScope | undefined, object: ScopedObject): boolean {
  const { entities, systems, topicPrefixes } = scope ?? {};
  const { entity, system, topic } = object;
  return (
    (!entities || (entity !== undefined && entities.includes(entity))) &&
    (!systems || (system !== undefined && systems.includes(system))) &&
    (!topicPrefixes || (topic !== undefined && topicPrefixes.some((prefix) => topic.startsWith(prefix))))
  );
}

/**
 * The first permission that the roles `wanted` have and the roles `own` have not, or have only on less; null where there is none.
 * Who hands rights on hands on no more than they have.
 */
export function findBeyond(
  table: RoleTable,
  { own, wanted }: { readonly own: readonly string[]; readonly wanted: readonly string[] },
): PermissionName | null {
  const isCovered = (permission: PermissionName): boolean => {
    const granted = grantsOf(table, own, permission);
    const objects = grantsOf(table, wanted, permission).flatMap(({ scope }) => objectsOf(scope));
    return objects.every((object) => granted.some(({ scope }) => isInScope(scope, object)));
  };
  return permissionsOf(table, wanted).find((permission) => !isCovered(permission)) ?? null;
}

/** What lies within a grant's limits, one object for each; a dimension without a limit is left open. */
function objectsOf({ entities, systems, topicPrefixes }: GrantScope = {}): ScopedObject[] {
  return (entities ?? [undefined]).flatMap((entity) =>
    (systems ?? [undefined]).flatMap((system) =>
      (topicPrefixes ?? [undefined]).map((topic): ScopedObject => ({ entity, system, topic })),
    ),
  );
}
