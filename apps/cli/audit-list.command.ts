import { isPermissionPattern, type AuditLine, type AuditPage } from '#contracts';
import { suggest } from '#hub-file';
import { HubError } from '#kernel';
import type { AuditFilter } from '#store-postgres';
import { InvalidArgumentError, type Command } from 'commander';
import type { CliContext } from './context.js';
import { toInstant } from './instant-flag.js';
import { table, when } from './text.js';

interface ListFlags {
  readonly actor?: string;
  readonly act?: string;
  readonly subject?: string;
  readonly service?: string;
  readonly since?: string;
  readonly until?: string;
  readonly before?: string;
  readonly limit: number;
}

const MOST = 500;
const HELP = `
Reads each service's chain from its own schema (DATABASE_URL), as the page's Audit does. All filters that are given must hold.

Examples:
  plumbline audit list --actor web:ben --since 24h
  plumbline audit list --act hold:approve --subject /holds/4711
  plumbline audit list --act access --service access --json`;

/** `plumbline audit list`: who did what, newest first. */
export function addAuditListCommand(audit: Command, context: CliContext): void {
  audit
    .command('list')
    .description('show who did what, the newest first')
    .option('--actor <who>', 'as the audit names them: web:ben, key:plk_…, cli:ann')
    .option(
      '--act <resource:verb>',
      'a permission, such as hold:approve; hold is all of holds, *:approve all approvals',
    )
    .option('--subject <text>', 'what the request, or what was done, contains')
    .option('--service <name>', 'only the chain of this service')
    .option('--since <time>', 'at or after: a time with offset (2026-11-23T04:05:06Z), or how long ago (15m, 2h)')
    .option('--until <time>', 'before, likewise')
    .option('--limit <count>', `entries at most, up to ${MOST}`, parseLimit, 50)
    .option('--before <place>', 'only older ones, as the list before says at its end')
    .addHelpText('after', HELP)
    .action((flags: ListFlags) => list(context, flags));
}

async function list(context: CliContext, flags: ListFlags): Promise<void> {
  const { auditCursorOf, auditedServices, withAuditLog } = await import('#access');
  const filter = toFilter(context, flags, auditedServices(context.hub));
  const before = flags.before === undefined ? {} : auditCursorOf(flags.before);
  if (before === null) throw new HubError('HUB_REQUEST_INVALID', '--before is service:number, several by comma.');
  const place = { file: context.hub, url: context.server('DATABASE_URL') };
  const page = await withAuditLog(place, (log) => log.page(filter, before, flags.limit));
  context.output.result(page, () => render(page, context.clock.nowMs()));
}

function toFilter(
  context: CliContext,
  { actor, act, subject, service, since, until }: ListFlags,
  services: readonly string[],
): AuditFilter {
  if (service !== undefined && !services.includes(service))
    throw new HubError('HUB_REQUEST_INVALID', `"${service}" keeps no audit. ${suggest(service, services)}`);
  return {
    ...(actor !== undefined && { actor }),
    ...(act !== undefined && toAct(act)),
    ...(subject !== undefined && { target: subject }),
    ...(service !== undefined && { services: [service] }),
    ...(since !== undefined && { from: toInstant(context, since) }),
    ...(until !== undefined && { until: toInstant(context, until) }),
  };
}

/** @throws HubError HUB_REQUEST_INVALID for what is no resource and no verb */
function toAct(text: string): Pick<AuditFilter, 'resource' | 'verb'> {
  const pattern = text.includes(':') ? text : `${text}:*`;
  if (!isPermissionPattern(pattern))
    throw new HubError(
      'HUB_REQUEST_INVALID',
      `"${text}" is no act: write a resource and a verb, such as hold:approve.`,
    );
  const [resource = '*', verb = '*'] = pattern.split(':');
  return { ...(resource !== '*' && { resource }), ...(verb !== '*' && { verb }) };
}

function render({ entries, next }: AuditPage, nowMs: number): string {
  if (entries.length === 0) return 'There is no such entry.';
  const rows = entries.map((entry) => toRow(entry, nowMs));
  const heads = ['when', 'who', 'what', 'of', 'outcome', 'entry'];
  return `${table(heads, rows)}${next === null ? '' : `\nOlder ones: --before ${next}`}`;
}

function toRow(entry: AuditLine, nowMs: number): readonly string[] {
  const { at, actor, resource, verb, target, phase, outcome, service, seq } = entry;
  const ended = phase === 'ended' ? outcome : phase;
  return [when(at, nowMs), actor, `${resource}:${verb}`, target, ended, `${service} ${seq}`];
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (/^\d+$/.test(text) && limit >= 1 && limit <= MOST) return limit;
  throw new InvalidArgumentError(`It must be a number from 1 to ${MOST}.`);
}
