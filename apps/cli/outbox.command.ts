import { HubError } from '#kernel';
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { CliContext } from './context.js';
import { EXIT } from './exit-codes.js';
import type { RelayOwner } from '#hub-client';
import { flagOf, relayOwners, renderParked, type ParkedOf } from './parked.view.js';
import { grouped } from './text.js';

interface WhoseFlags {
  readonly system?: string;
  readonly app?: 'golden' | 'reconciler';
}

interface ParkedFlags extends WhoseFlags {
  readonly limit: number;
}

interface ReleaseFlags extends WhoseFlags {
  readonly all?: boolean;
  readonly plan?: boolean;
  readonly yes?: boolean;
}

const MOST_KEYS = 1_000;
const SYSTEM = ['--system <name>', 'what the connector of this system publishes'] as const;
const appOption = (): Option =>
  new Option('--app <name>', 'what this service publishes').choices(['golden', 'reconciler']);

const RELEASE_HELP = `
Rows of a key are sent in their order, before what is newer of it. Remove the reason first (raise the topic's limit, create
the topic): a key whose first row is refused again is parked again.

Examples:
  plumbline outbox release --system erp P-17 --plan
  plumbline outbox release --app golden --all --yes`;

/** `plumbline outbox parked` and `plumbline outbox release`. */
export function addOutboxCommands(program: Command, context: CliContext): void {
  const outbox = program.command('outbox').description('events that no broker takes: shown, and sent again');
  outbox
    .command('parked')
    .description('keys whose events are kept and not published, and why; all services without an option')
    .option(...SYSTEM)
    .addOption(appOption())
    .option('--limit <count>', 'keys of each service', parseLimit, 100)
    .addHelpText('after', '\nExamples:\n  plumbline outbox parked\n  plumbline outbox parked --system erp --json')
    .action((flags: ParkedFlags) => parked(context, flags));
  outbox
    .command('release')
    .description('send what is parked once its reason is gone; shows it and asks first')
    .argument('[keys...]', 'keys, as `plumbline outbox parked` shows them')
    .option(...SYSTEM)
    .addOption(appOption())
    .option('--all', 'every parked key of the service')
    .option('--plan', 'show what would be sent and change nothing')
    .option('--yes', 'do not ask')
    .addHelpText('after', RELEASE_HELP)
    .action((keys: string[], flags: ReleaseFlags) => release(context, keys, flags));
}

async function parked(context: CliContext, flags: ParkedFlags): Promise<void> {
  const named = ownerOf(context, flags);
  const owners = named ? [named] : relayOwners(context);
  const ask = async (of: RelayOwner): Promise<ParkedOf> => ({
    of,
    ...(await context.services.parked(of, flags.limit)),
  });
  const found = await Promise.all(owners.map(ask));
  if (found.some(({ keys }) => keys.length > 0)) context.exit(EXIT.failed);
  context.output.result({ parked: found }, () => renderParked(found, context.clock.nowMs()));
}

async function release(context: CliContext, keys: readonly string[], flags: ReleaseFlags): Promise<void> {
  const of = ownerOf(context, flags);
  if (!of) throw new HubError('HUB_REQUEST_INVALID', 'Say whose: --system NAME or --app golden|reconciler.');
  if (keys.length > 0 === (flags.all ?? false))
    throw new HubError('HUB_REQUEST_INVALID', 'Name the keys to release, or --all.');
  const found = await getParked(context, of, keys);
  const shown = renderParked([found], context.clock.nowMs());
  if (flags.plan || found.keys.length === 0) return context.output.result({ ...found, released: null }, shown);
  context.output.progress(shown);
  const what = flags.all ? 'every parked key' : `${grouped(keys.length)} keys`;
  if (!(await context.confirm(`Send ${what} of ${flagOf(of)} again?`, flags.yes)))
    return context.output.result({ ...found, released: null }, 'Nothing was released.');
  const { released } = await context.services.releaseParked(of, flags.all ? 'all' : keys, context.actor);
  const text = `${grouped(released)} keys are sent again now; \`plumbline outbox parked ${flagOf(of)}\` shows what comes back.`;
  context.output.result({ ...found, released }, text);
}

/** What of the named keys is parked. @throws HubError HUB_NOT_FOUND for a key that is not among the first */
async function getParked(context: CliContext, of: RelayOwner, keys: readonly string[]): Promise<ParkedOf> {
  const found = await context.services.parked(of, MOST_KEYS);
  if (keys.length === 0) return { of, ...found };
  const missing = keys.filter((key) => !found.keys.some((one) => one.key === key));
  // Beyond the first keys nobody can say from here; the service counts.
  if (missing.length > 0 && !found.more)
    throw new HubError('HUB_NOT_FOUND', `Not parked: ${missing.join(', ')}.`, { keys: missing });
  return { of, keys: found.keys.filter(({ key }) => keys.includes(key)), more: missing.length > 0 };
}

/** @throws HubError HUB_REQUEST_INVALID for an unknown system, or for both */
function ownerOf(context: CliContext, { system, app }: WhoseFlags): RelayOwner | null {
  if (system !== undefined && app !== undefined)
    throw new HubError('HUB_REQUEST_INVALID', 'Say either --system or --app.');
  if (app !== undefined) return { app };
  if (system === undefined) return null;
  const [found] = context.systems(system);
  return found ? { system: found.id } : null;
}

function parseLimit(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > MOST_KEYS)
    throw new InvalidArgumentError(`Write a number from 1 to ${MOST_KEYS}.`);
  return count;
}
