import { canonicalText } from '#canonical';
import type { FieldOrigin } from '#contracts';
import type { FieldRule, SurvivorshipPolicy } from '#hub-file';
import {
  HUB_SYSTEM,
  type CanonicalFields,
  type CanonicalValue,
  type Instant,
  type RecordStatus,
  type SystemId,
} from '#kernel';
import type { Contribution, Statement } from './contribution.js';
import { isInForce, overridingWord } from './override.js';

/** What the contributions of one record come to under a policy. */
export interface MergedRecord {
  readonly status: RecordStatus;
  /** True when no `create` system ever contributed: kept, carried nowhere. */
  readonly foreign: boolean;
  readonly fields: CanonicalFields;
  /** Exactly the names of `fields`. */
  readonly origins: Readonly<Record<string, FieldOrigin>>;
}

/** One system's word on one field. */
export interface Candidate {
  readonly system: SystemId;
  /** Place of the system in the rule's list; 0 is the highest. */
  readonly rank: number;
  readonly value: CanonicalValue;
  readonly at: Instant | null;
}

type Speakers = ReadonlyMap<SystemId, Contribution & { readonly accepted: Statement }>;

/**
 * The golden record as a pure function of the contributions and the policy: order, duplication and replay change
 * nothing.
 *
 * - Each system speaks with one voice ({@link speaks}): of several external ids, a live one before a deleted one, then
 *   the highest (epoch, sequence), then the greatest external id.
 * - Fields of a deleted contribution go on competing: a delete that loses withdraws no field, and a deleted golden
 *   record keeps its last fields. A connector's delete event therefore carries the whole contribution.
 * - Live iff some `create` system is live and no `delete` system is deleted. The hub's own contribution says nothing of it.
 * - What the hub says of a field stands above all rules, until the system that would win authors the field anew
 *   ({@link isInForce}).
 */
export function merge(contributions: readonly Contribution[], policy: SurvivorshipPolicy): MergedRecord {
  const speakers = chooseSpeakers(contributions);
  const fields: Record<string, CanonicalValue> = {};
  const origins: Record<string, FieldOrigin> = {};
  const hub = speakers.get(HUB_SYSTEM)?.accepted;
  for (const [name, rule] of Object.entries(policy.fields)) {
    const ruled = chooseWinner(rule, candidates(rule, name, speakers));
    const own = hub && overridingWord(hub, name);
    const isOverridden = own !== undefined && isInForce(own.override, ruled);
    const winner = isOverridden ? own : ruled;
    if (!winner) continue;
    fields[name] = winner.value;
    origins[name] = { system: winner.system, at: winner.at, rule: isOverridden ? 'override' : rule.kind };
  }
  return { ...existence(speakers, policy), fields, origins };
}

/** The contribution that speaks for each system. */
export function chooseSpeakers(contributions: readonly Contribution[]): Speakers {
  const speakers = new Map<SystemId, Contribution & { readonly accepted: Statement }>();
  for (const contribution of contributions) {
    if (!hasStatement(contribution)) continue;
    const other = speakers.get(contribution.system);
    if (!other || speaks(contribution, other)) speakers.set(contribution.system, contribution);
  }
  return speakers;
}

/** The winner among the candidates of one field; undefined when there is none. */
export function chooseWinner(rule: FieldRule, among: readonly Candidate[]): Candidate | undefined {
  switch (rule.kind) {
    case 'owner':
    case 'priority':
      return among.reduce<Candidate | undefined>(
        (best, next) => (best && best.rank <= next.rank ? best : next),
        undefined,
      );
    case 'last-writer-wins':
      return among.reduce<Candidate | undefined>(
        (best, next) => (best && !writtenLater(next, best) ? best : next),
        undefined,
      );
  }
}

/** The order of last-writer-wins: time (null before every time), then rank, then the value's canonical text. Total. */
function writtenLater(a: Candidate, b: Candidate): boolean {
  if (a.at !== b.at) return b.at === null || (a.at !== null && a.at > b.at);
  if (a.rank !== b.rank) return a.rank < b.rank;
  return textOf(a.value) > textOf(b.value);
}

function textOf(value: CanonicalValue): string {
  return canonicalText(value !== null && typeof value === 'object' ? 'texts' : 'text', value);
}

function hasStatement(contribution: Contribution): contribution is Contribution & { readonly accepted: Statement } {
  return contribution.accepted !== null;
}

/** Whether `a` speaks for its system rather than `b`; a total order over the external ids of one system. */
function speaks(a: Contribution, b: Contribution): boolean {
  const aLive = a.accepted?.status === 'live';
  if (aLive !== (b.accepted?.status === 'live')) return aLive;
  if (a.epoch !== b.epoch) return a.epoch > b.epoch;
  if (a.sequence !== b.sequence) return a.sequence > b.sequence;
  return a.externalId > b.externalId;
}

/** Systems of the rule that have the field: null is a value, absent is none. */
function candidates(rule: FieldRule, name: string, speakers: Speakers): Candidate[] {
  const systems = rule.kind === 'owner' ? [rule.system] : rule.systems;
  return systems.flatMap((system, rank) => {
    const statement = speakers.get(system)?.accepted;
    const value = statement?.fields[name];
    return value === undefined ? [] : [{ system, rank, value, at: statement?.marks[name]?.at ?? null }];
  });
}

function existence(speakers: Speakers, policy: SurvivorshipPolicy): Pick<MergedRecord, 'status' | 'foreign'> {
  const creators = policy.create.flatMap((system) => speakers.get(system) ?? []);
  const isCreated = creators.some((speaker) => speaker.accepted.status === 'live');
  const isEnded = policy.delete.some((system) => speakers.get(system)?.accepted.status === 'deleted');
  return { status: isCreated && !isEnded ? 'live' : 'deleted', foreign: creators.length === 0 };
}
