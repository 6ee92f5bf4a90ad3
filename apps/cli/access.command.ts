import type { StoredApiKey } from '#auth';
import { HubError, instantOfMs, parseInstant, type Instant } from '#kernel';
import type { Command } from 'commander';
import { assertKnownRoles, withKeys } from './access-keys.js';
import type { CliContext } from './context.js';
import { addPeopleCommands } from './people.command.js';
import { table } from './text.js';

interface CreateFlags {
  readonly role: readonly string[];
  readonly owner: string;
  readonly expires: string;
}

const DAY_MS = 24 * 60 * 60_000;
const MAX_DAYS = 366;

const HELP = `
The key is shown once and kept only as its digest. It is sent as a bearer token; the CLI takes it as PLUMBLINE_TOKEN.

Examples:
  plumbline access create-key ci --role viewer --owner ann --expires 90d
  plumbline access keys
  plumbline access revoke-key plk_Ab3dEf6h`;

/** `plumbline access …`: API keys, and people of the admin page. Needs DATABASE_URL. */
export function addAccessCommands(program: Command, context: CliContext): void {
  const access = program
    .command('access')
    .description('API keys of the hub, and who signs in to its admin page')
    .addHelpText('after', HELP);
  access
    .command('create-key')
    .description('make an API key')
    .argument('<name>', 'what it is for')
    .requiredOption('--role <name...>', 'roles, of every hub or of the hub file')
    .requiredOption('--owner <name>', 'who answers for it; keys of one owner are one person')
    .option('--expires <when>', 'a time with an offset, or days: 90d', '90d')
    .action((name: string, flags: CreateFlags) => create(context, name, flags));
  access
    .command('keys')
    .description('list API keys')
    .action(() => list(context));
  access
    .command('revoke-key')
    .description('end an API key at once')
    .argument('<prefix>', 'as `plumbline access keys` shows it')
    .action((prefix: string) => revoke(context, prefix));
  addPeopleCommands(access, context);
}

async function create(context: CliContext, name: string, { role: roles, owner, expires }: CreateFlags): Promise<void> {
  assertKnownRoles(context, roles);
  const expiresAt = expiryOf(expires, context.clock.nowMs());
  const { createApiKey } = await import('#auth');
  const wanted = { name, owner, roles, expiresAt };
  const { key, stored } = await withKeys(context, `create-key ${name} for ${owner}`, ({ store }) =>
    createApiKey(wanted, { store, clock: context.clock }),
  );
  const told = `${key}\nIt is not shown again. Until ${stored.expiresAt}, as ${roles.join(', ')}.`;
  context.output.result({ key, prefix: stored.prefix, roles, owner, expiresAt }, told);
}

async function list(context: CliContext): Promise<void> {
  const keys = await withKeys(context, null, ({ store }) => store.list());
  const shown = keys.map(({ hash: _hash, ...rest }) => rest);
  context.output.result({ keys: shown }, () => render(shown));
}

async function revoke(context: CliContext, prefix: string): Promise<void> {
  const at = instantOfMs(context.clock.nowMs());
  const isRevoked = await withKeys(context, `revoke-key ${prefix}`, ({ store }) => store.revoke(prefix, at));
  if (!isRevoked) throw new HubError('HUB_NOT_FOUND', `There is no key ${prefix} that is not revoked.`, { prefix });
  context.output.result({ revoked: prefix }, `${prefix} opens nothing any more.`);
}

/** @throws HubError HUB_REQUEST_INVALID for no time, one that is over, or one too far away */
function expiryOf(text: string, nowMs: number): Instant {
  const days = /^(\d{1,3})d$/.exec(text)?.[1];
  const at = days === undefined ? parseInstant(text) : instantOfMs(nowMs + Number(days) * DAY_MS);
  const ms = at === null ? Number.NaN : Date.parse(at);
  if (at !== null && ms > nowMs && ms <= nowMs + MAX_DAYS * DAY_MS) return at;
  throw new HubError('HUB_REQUEST_INVALID', `--expires must be a time to come within ${MAX_DAYS} days, such as 90d.`);
}

function render(keys: readonly Omit<StoredApiKey, 'hash'>[]): string {
  if (keys.length === 0) return 'There is no API key.';
  const rows = keys.map(({ prefix, name, owner, roles, expiresAt, lastUsedAt, revokedAt }) => {
    const state = revokedAt === null ? `until ${expiresAt}` : `revoked ${revokedAt}`;
    return [prefix, name, owner, roles.join(' '), state, lastUsedAt ?? 'never'];
  });
  return table(['key', 'name', 'owner', 'roles', 'state', 'last used'], rows);
}
