import type { ApiKeyReport } from '#contracts';
import type { Command } from 'commander';
import { withKeys } from './access-keys.js';
import type { CliContext } from './context.js';
import { addPeopleCommands } from './people.command.js';
import { table } from './text.js';

interface CreateFlags {
  readonly role: readonly string[];
  readonly owner: string;
  readonly expires: string;
}

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
  const made = await withKeys(context, ({ desk }, by) => desk.create({ name, owner, roles, expires }, by));
  const told = `${made.key}\nIt is not shown again. Until ${made.expiresAt}, as ${made.roles.join(', ')}.`;
  context.output.result(made, told);
}

async function list(context: CliContext): Promise<void> {
  const keys = await withKeys(context, ({ desk }) => desk.list());
  context.output.result({ keys }, () => render(keys));
}

async function revoke(context: CliContext, prefix: string): Promise<void> {
  await withKeys(context, ({ desk }, by) => desk.revoke(prefix, by));
  context.output.result({ revoked: prefix }, `${prefix} opens nothing any more.`);
}

function render(keys: readonly ApiKeyReport[]): string {
  if (keys.length === 0) return 'There is no API key.';
  const rows = keys.map(({ prefix, name, owner, roles, expiresAt, lastUsedAt, revokedAt }) => {
    const state = revokedAt === null ? `until ${expiresAt}` : `revoked ${revokedAt}`;
    return [prefix, name, owner, roles.join(' '), state, lastUsedAt ?? 'never'];
  });
  return table(['key', 'name', 'owner', 'roles', 'state', 'last used'], rows);
}
