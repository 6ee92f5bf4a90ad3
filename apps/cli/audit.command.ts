import type { ServiceAudit } from '#access';
import { kafkaSecurityOf, registryAuthorizationOf } from '#config';
import type { Command } from 'commander';
import { addAuditListCommand } from './audit-list.command.js';
import type { CliContext } from './context.js';
import { EXIT } from './exit-codes.js';
import { table } from './text.js';

const HELP = `
Reads each service's chain from its own schema (DATABASE_URL) and what was published of it from hub.audit.v1 (KAFKA_BROKERS,
REGISTRY_URL). Keys: AUDIT_KEYS, else the one made of PLUMBLINE_TOKEN. Ends with 1 when anything was changed, taken out or cut off.

Examples:
  plumbline audit verify
  plumbline audit verify --json`;

/** `plumbline audit verify`, `… list`. */
export function addAuditCommands(program: Command, context: CliContext): void {
  const audit = program.command('audit').description('who did what in the hub');
  audit
    .command('verify')
    .description('find whether anything of the audit was changed, taken out or cut off')
    .addHelpText('after', HELP)
    .action(() => verify(context));
  addAuditListCommand(audit, context);
}

async function verify(context: CliContext): Promise<void> {
  const { AUDIT_KEYS } = context.config;
  const { auditKeysFor, verifyHub } = await import('#access');
  const { AvroCodec, SchemaRegistry, TopicReader } = await import('#messaging-kafka');
  const [url, brokers] = [context.server('DATABASE_URL'), context.server('KAFKA_BROKERS')];
  const authorization = registryAuthorizationOf(context.config);
  const codec = new AvroCodec(new SchemaRegistry({ url: context.server('REGISTRY_URL'), authorization }));
  const reader = new TopicReader({ brokers, ...kafkaSecurityOf(context.config), clientId: 'plumbline-audit' });
  const file = context.hub;
  const keys = auditKeysFor(AUDIT_KEYS, AUDIT_KEYS ? '' : context.token);
  try {
    const services = await verifyHub({ file, url, keys, reader, codec });
    if (services.some(({ problems }) => problems.length > 0)) context.exit(EXIT.failed);
    context.output.result({ services }, () => render(services));
  } finally {
    await reader.close();
  }
}

function render(services: readonly ServiceAudit[]): string {
  const rows = services.map(({ service, entries, checkpoints, head, problems }) => {
    const [first] = problems;
    const verdict = first ? `${problems.length} problems; the first: ${first.kind} at ${first.seq}` : 'whole';
    return [service, entries, checkpoints, head ? `${head.seq} ${head.hash.slice(0, 12)}` : '-', verdict];
  });
  return table(['service', 'entries', 'published', 'head', 'verdict'], rows);
}
