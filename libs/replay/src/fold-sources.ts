import type { Entity, GoldenEvent, MergedUpTo } from '#contracts';
import { merge, type Contribution, type MergedRecord } from '#golden-record';
import type { SurvivorshipPolicy } from '#hub-file';
import { HUB_SYSTEM, type BusinessKey, type CanonicalValue, type Instant, type SystemId } from '#kernel';
import type { SourceWord } from './source-ports.js';

/** What is known of one key. */
export interface FoldedKey {
  readonly key: BusinessKey;
  /** What the topic said of it last before the noted offset; null for nothing. */
  readonly base: GoldenEvent | null;
  /** What the systems that were scanned say of it now. */
  readonly words: readonly Pick<SourceWord, 'system' | 'externalId' | 'contribution'>[];
}

/** Under which rules a key is folded. */
export interface FoldRules {
  readonly entity: Entity;
  readonly policy: SurvivorshipPolicy;
  /** Systems that were scanned to their end. */
  readonly systems: readonly SystemId[];
  /** For the records that the topic does not have. */
  readonly at: Instant;
  /** Whether a record of a scanned system is there although it says nothing. */
  readonly isSilent: (contributor: Pick<MergedUpTo, 'system' | 'externalId'>) => boolean;
}

/** Systems that the entity's rules listen to, in the order of the hub file. */
export function sourcesOf({ create, delete: enders, fields }: SurvivorshipPolicy): readonly SystemId[] {
  const spoken = Object.values(fields).flatMap((rule) => (rule.kind === 'owner' ? [rule.system] : rule.systems));
  return [...new Set([...create, ...enders, ...spoken])].filter((system) => system !== HUB_SYSTEM);
}

/**
 * The golden record as the sources make it, by golden's own merge. Where a source can't be heard (it says nothing, was not
 * scanned, or is the hub) its word is what the topic has of it. The event keeps version and sequence of the topic's, so that whatever the topic
 * says later is newer; a record that the topic does not have is at sequence 0. Null where there is nothing to have. Pure.
 */
export function foldSources({ key, base, words }: FoldedKey, rules: FoldRules): GoldenEvent | null {
  const { entity, policy, at } = rules;
  const contributions = [...words.map(({ contribution }) => contribution), ...asTold(base, words, rules)];
  const merged = merge(contributions, policy);
  if (!base) return merged.status === 'live' ? firstEvent({ entity, key, policy, at }, merged) : null;
  const status = merged.foreign ? base.status : merged.status;
  return { ...base, status, ...withOverrides(base, merged) };
}

/** Contributors that are deleted (a scan to its end did not show them), and those that can't be heard. */
function asTold(base: GoldenEvent | null, words: FoldedKey['words'], rules: FoldRules): Contribution[] {
  if (!base) return [];
  const heard = new Set(words.map(({ system, externalId }) => `${system}\0${externalId}`));
  return base.merged
    .filter(({ system, externalId }) => system !== HUB_SYSTEM && !heard.has(`${system}\0${externalId}`))
    .map((contributor) => {
      const isThere = !rules.systems.includes(contributor.system) || rules.isSilent(contributor);
      return toContribution(base, contributor, isThere ? base.status : 'deleted');
    });
}

function toContribution(
  { fields, origins }: GoldenEvent,
  contributor: MergedUpTo,
  status: GoldenEvent['status'],
): Contribution {
  const own = Object.entries(origins).filter(([, { system }]) => system === contributor.system);
  const values = own.map(([name]): [string, CanonicalValue] => [name, fields[name] ?? null]);
  const marks = own.map(([name, { at }]) => [name, { at, unread: false }] as const);
  const accepted = { status, fields: Object.fromEntries(values), marks: Object.fromEntries(marks) };
  return { ...contributor, accepted, rejected: {} };
}

/** A decision of the hub stands above the rules, as the topic has it. */
function withOverrides(base: GoldenEvent, merged: MergedRecord): Pick<GoldenEvent, 'fields' | 'origins'> {
  const names = Object.keys(base.origins).filter((name) => base.origins[name]?.rule === 'override');
  const pick = <T>(from: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(from).filter(([name]) => names.includes(name)));
  return {
    fields: { ...merged.fields, ...pick(base.fields) },
    origins: { ...merged.origins, ...pick(base.origins) },
  };
}

function firstEvent(
  { entity, key, policy, at }: Pick<FoldRules, 'entity' | 'policy' | 'at'> & { readonly key: BusinessKey },
  { status, fields, origins }: MergedRecord,
): GoldenEvent {
  const place = { version: 0n, sequence: 0n, policyVersion: policy.version, changedAt: at, merged: [] };
  return { entity, key, ...place, status, fields, origins };
}
