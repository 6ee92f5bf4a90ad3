import type { PermissionName } from '#contracts';
import { useSession } from './session.js';

/** Why somebody may not do something; null when they may. The server decides: this only spares them the attempt. */
export function useDenial(needed: PermissionName | undefined): string | null {
  const { session } = useSession();
  if (needed === undefined || !session || session.permissions.includes(needed)) return null;
  return `This needs the permission ${needed}; your roles are: ${session.roles.join(', ') || 'none'}.`;
}
