import { equalValues } from '#canonical';
import type { FieldOverride, OverruledWord } from '#contracts';
import { HUB_SYSTEM, type CanonicalValue, type Instant, type SystemId } from '#kernel';
import type { Contribution, Statement } from './contribution.js';

/** One system's word on a field, as far as an override looks at it. */
export interface Word {
  readonly system: SystemId;
  readonly value: CanonicalValue;
  readonly at: Instant | null;
}

/** A value of the hub, and what it stands above. */
export interface OverridingWord extends Word {
  readonly override: FieldOverride;
}

/**
 * Whether an override counts, beside the word that would win without it (undefined when nobody says anything). It does until
 * that system authors the field anew; what others say, or what it says of other fields, changes nothing. Pure (ADR 19).
 */
export function isInForce({ overrules }: FieldOverride, winner: Word | undefined): boolean {
  if (!winner) return true;
  const known = overrules.find(({ system }) => system === winner.system);
  return !isAuthoredSince(winner, known);
}

/**
 * Whether a word was authored after another one of the same system was known. A first observation and what has no time are
 * no authorship; the same value at a later time is: another one lay between.
 */
function isAuthoredSince({ value, at }: Word, known: OverruledWord | undefined): boolean {
  if (at === null) return false;
  if (!known || known.at === null) return true;
  return !equalValues(value, known.value) || at > known.at;
}

/** What the hub says of a field; undefined where it says nothing. */
export function overridingWord(hub: Statement | undefined, field: string): OverridingWord | undefined {
  const value = hub?.fields[field];
  const mark = hub?.marks[field];
  if (value === undefined || !mark?.override) return undefined;
  return { system: HUB_SYSTEM, value, at: mark.at, override: mark.override };
}

/** What everybody but the hub says of a field, in the order of the systems' ids. Whether a rule names them plays no part. */
export function wordsOn(field: string, speakers: ReadonlyMap<SystemId, Contribution>): OverruledWord[] {
  const words = [...speakers].flatMap(([system, { accepted }]): OverruledWord[] => {
    const value = accepted?.fields[field];
    if (value === undefined || system === HUB_SYSTEM) return [];
    return [{ system, value, at: accepted?.marks[field]?.at ?? null }];
  });
  return words.sort((a, b) => (a.system < b.system ? -1 : 1));
}
