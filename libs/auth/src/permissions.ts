import type { PermissionName, PermissionPattern, PrivateResource } from '#contracts';

const PRIVATE: ReadonlySet<string> = new Set<PrivateResource>(['personal', 'audit', 'access', 'secret']);

/** Whether the pattern grants the permission. */
export function isGranted(pattern: PermissionPattern, permission: PermissionName): boolean {
  const [grantedResource, grantedVerb] = pattern.split(':');
  const [resource = '', verb] = permission.split(':');
  const isResource = grantedResource === resource || (grantedResource === '*' && !PRIVATE.has(resource));
  return isResource && (grantedVerb === '*' || grantedVerb === verb);
}

/** Whether the permission changes something. */
export function isAct(permission: PermissionName): boolean {
  return !/:(?:read|export)$/.test(permission);
}
