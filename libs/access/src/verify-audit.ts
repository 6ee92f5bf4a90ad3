import { entriesOf, verifyChain, type AuditKeys, type ChainReport, type Checkpoint } from '#audit';
import { schemaName, type HubFile } from '#hub-file';
import { Database, PostgresAuditStore } from '#store-postgres';

/** The chain of one service, verified. */
export interface ServiceAudit extends ChainReport {
  readonly service: string;
}

/** What keeps an audit in a hub: its services, the admin page, and the CLI of API keys and people (`access`). */
export function auditedServices(file: HubFile): readonly string[] {
  const connectors = file.systems.map(({ id }) => `connector-${id}`);
  return [
    'access',
    'golden',
    'reconciler',
    'indexer',
    'admin',
    ...(file.webhooks ? ['notifier'] : []),
    ...(file.feeds ? ['gateway'] : []),
    ...connectors,
  ];
}

/**
 * Verifies the chain of one service against what was published of it. A service that never ran, and of which nothing was
 * published, has an empty one. @throws HubError HUB_DATABASE_UNREACHABLE
 */
export async function verifyAudit(
  place: { readonly file: HubFile; readonly url: string; readonly service: string },
  { keys, checkpoints }: { readonly keys: AuditKeys; readonly checkpoints: readonly Checkpoint[] },
): Promise<ServiceAudit> {
  const { file, url, service } = place;
  const schema = schemaName(file, service);
  const database = await Database.connect({ url, schema, applicationName: 'plumbline audit', poolSize: 1 }, []);
  try {
    const [table] = await database.query<{ readonly name: string | null }>(
      "SELECT to_regclass('audit_chain')::text AS name",
    );
    const entries = table?.name ? entriesOf(new PostgresAuditStore(database)) : [];
    return { service, ...(await verifyChain({ entries, checkpoints, keys })) };
  } finally {
    await database.close();
  }
}
