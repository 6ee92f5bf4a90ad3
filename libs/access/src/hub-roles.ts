import { BUILT_IN_ROLES, type RoleTable } from '#auth';
import type { HubFile } from '#hub-file';
import { HubError } from '#kernel';

/** The roles that a hub has: those of every hub, and its own. */
export function rolesOf({ access }: Pick<HubFile, 'access'>): RoleTable {
  return { ...access?.roles, ...BUILT_IN_ROLES };
}

/** @throws HubError HUB_REQUEST_INVALID for no role, and for one that the table has not */
export function assertKnownRoles(table: RoleTable, roles: readonly string[]): void {
  const known = Object.keys(table).join(', ');
  const unknown = roles.filter((role) => !Object.hasOwn(table, role));
  if (roles.length === 0) throw new HubError('HUB_REQUEST_INVALID', `Name a role; there are ${known}.`);
  if (unknown.length > 0)
    throw new HubError('HUB_REQUEST_INVALID', `Unknown role ${unknown.join(', ')}; there are ${known}.`);
}
