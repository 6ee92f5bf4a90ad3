import type { ParkedKeyReport, ParkedReport } from '#contracts';
import type { CliContext } from './context.js';
import { answerOf, type RelayOwner } from '#hub-client';
import { grouped, table, when } from './text.js';

/** What one service has parked. */
export interface ParkedOf extends ParkedReport {
  readonly of: RelayOwner;
}

/** The services that publish: of one hub golden, the reconciler, and each connector. */
export function relayOwners({ hub }: CliContext): readonly RelayOwner[] {
  return [{ app: 'golden' }, { app: 'reconciler' }, ...hub.systems.map(({ id }) => ({ system: id }))];
}

/** What the services that answer have parked; one that is down is left out. @param limit keys of each at most */
export async function findParked(context: CliContext, limit: number): Promise<readonly ParkedOf[]> {
  const answers = relayOwners(context).map(async (of) => {
    const answer = await answerOf(context.services.parked(of, limit));
    return 'value' in answer ? [{ of, ...answer.value }] : [];
  });
  return (await Promise.all(answers)).flat();
}

/** One service's parked keys in `status`, with the next command. */
export function describeParked({ of, keys, more }: ParkedOf): string {
  const [first] = keys;
  const what = keys.length > 1 || more ? 'some keys are' : 'one key is';
  const reason = first ? `, first ${first.key}: ${first.reason}` : '';
  return `${nameOf(of)}: ${what} parked, their events are not published${reason}\n  plumbline outbox parked ${flagOf(of)}`;
}

/** All of it, a table each. */
export function renderParked(found: readonly ParkedOf[], nowMs: number): string {
  const parts = found.filter(({ keys }) => keys.length > 0).map((one) => renderOne(one, nowMs));
  return parts.length > 0 ? parts.join('\n\n') : 'No key is parked.';
}

/** The option that names a service. */
export function flagOf(of: RelayOwner): string {
  return 'app' in of ? `--app ${of.app}` : `--system ${of.system}`;
}

function nameOf(of: RelayOwner): string {
  return 'app' in of ? of.app : of.system;
}

function renderOne({ of, keys, more }: ParkedOf, nowMs: number): string {
  const rows = keys.map((one) => [one.key, one.rows, when(one.parkedAt, nowMs), describe(one)]);
  const rest = more ? `\n… and more: --limit shows up to 1,000.` : '';
  const next = `plumbline outbox release ${flagOf(of)} KEY …   or --all, once the reason is gone`;
  return `${nameOf(of)}: ${grouped(keys.length)}${more ? ' and more' : ''} parked\n${table(['key', 'rows', 'since', 'why'], rows)}${rest}\n${next}`;
}

function describe({ code, reason, isReleased }: ParkedKeyReport): string {
  return isReleased ? 'released: being sent' : `${code}: ${reason}`;
}
