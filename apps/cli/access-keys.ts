import type { Changer, OpenApiKeys } from '#access';
import type { CliContext } from './context.js';

/** Works on who may do what, in the name of who runs the CLI. Needs DATABASE_URL. */
export async function withKeys<T>(
  context: CliContext,
  work: (opened: OpenApiKeys, by: Changer) => Promise<T>,
): Promise<T> {
  const { withApiKeys, auditKeysFor, operatorNamed } = await import('#access');
  const { AUDIT_KEYS } = context.config;
  const keys = auditKeysFor(AUDIT_KEYS, AUDIT_KEYS ? '' : context.token);
  const place = { file: context.hub, url: context.server('DATABASE_URL'), keys };
  return withApiKeys(place, (opened) => work(opened, operatorNamed(context.actor)));
}
