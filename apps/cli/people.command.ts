import type { Command } from 'commander';
import type { LocalPeople } from '#access';
import type { CliContext } from './context.js';
import { withKeys } from './access-keys.js';
import { table } from './text.js';

const HELP = `
Of a person only a hash of the password is kept. Where an identity provider is set up, people sign in there instead.

Examples:
  plumbline access add-person ben --role approver
  plumbline access people
  plumbline access remove-person ben`;

/** `plumbline access add-person …`: who signs in to the admin page with a password of its own. Needs DATABASE_URL. */
export function addPeopleCommands(access: Command, context: CliContext): void {
  access
    .command('add-person')
    .description('let somebody sign in to the admin page')
    .argument('<name>', 'as they sign in')
    .requiredOption('--role <name...>', 'roles, of every hub or of the hub file')
    .addHelpText('after', HELP)
    .action((name: string, { role }: { readonly role: readonly string[] }) => add(context, name, role));
  access
    .command('people')
    .description('list who can sign in to the admin page')
    .action(() => list(context));
  access
    .command('remove-person')
    .description('end somebody’s sessions and their password at once')
    .argument('<name>', 'as `plumbline access people` shows it')
    .action((name: string) => remove(context, name));
}

async function add(context: CliContext, name: string, roles: readonly string[]): Promise<void> {
  const { assertKnownRoles, rolesOf } = await import('#access');
  assertKnownRoles(rolesOf(context.hub), roles);
  const password = await withPeople(context, `add-person ${name}`, (people) => people.add(name, roles));
  const told = `${password}\nIt is not shown again. ${name} signs in to the admin page with it, as ${roles.join(', ')}.`;
  context.output.result({ name, roles, password }, told);
}

async function list(context: CliContext): Promise<void> {
  const people = await withPeople(context, null, (all) => all.list());
  context.output.result({ people }, () => {
    if (people.length === 0) return 'Nobody has a password of the admin page’s own.';
    return table(
      ['name', 'roles', 'since'],
      people.map(({ name, roles, createdAt }) => [name, roles.join(' '), createdAt]),
    );
  });
}

async function remove(context: CliContext, name: string): Promise<void> {
  await withPeople(context, `remove-person ${name}`, (people) => people.remove(name));
  context.output.result({ removed: name }, `${name} can not sign in any more.`);
}

/** Works on the people; what changes them is kept. @param what null for what only reads */
async function withPeople<T>(
  context: CliContext,
  what: string | null,
  work: (people: LocalPeople) => Promise<T>,
): Promise<T> {
  const { keptAct, withLocalPeople } = await import('#access');
  const place = { file: context.hub, url: context.server('DATABASE_URL') };
  const act = (): Promise<T> => withLocalPeople(place, work);
  if (what === null) return act();
  return withKeys(context, ({ trail }, by) => keptAct(trail, { what, by }, act));
}
