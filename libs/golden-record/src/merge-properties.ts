import type { ContributionEvent, FieldMark } from '#contracts';
import type { SurvivorshipPolicy } from '#hub-file';
import type { BusinessKey, CanonicalValue, ExternalId, Instant, SystemId } from '#kernel';
import fc from 'fast-check';
import type { applyContribution, Contribution } from './contribution.js';
import type { merge } from './merge.js';

/** What the properties judge: the shipped functions, or a mutant of them. */
export interface MergeSubject {
  readonly apply: typeof applyContribution;
  readonly merge: typeof merge;
}

export const [A, B, C] = ['a', 'b', 'c'] as unknown as readonly [SystemId, SystemId, SystemId];

/** `price` is a's, `name` b's before a's, `note` the last writer's, `free` nobody's. a and b create, only a deletes. */
export const POLICY: SurvivorshipPolicy = {
  version: 1,
  create: [A, B],
  delete: [A],
  fields: {
    price: { kind: 'owner', system: A },
    name: { kind: 'priority', systems: [B, A] },
    note: { kind: 'last-writer-wins', systems: [C, A, B] },
  },
};

const times = [null, '2026-01-01T00:00:00.000000Z', '2026-01-02T00:00:00.000000Z'] as readonly (Instant | null)[];
const field = fc.record({ value: fc.constantFrom<CanonicalValue>(null, '1', '2', '3'), at: fc.constantFrom(...times) });
const said = fc.record({ price: field, name: field, note: field, free: field }, { requiredKeys: [] });
const eventOf = (externalIds: readonly string[]): fc.Arbitrary<ContributionEvent> =>
  fc
    .record({
      system: fc.constantFrom(A, B, C),
      externalId: fc.constantFrom(...externalIds),
      epoch: fc.integer({ min: 1, max: 2 }),
      sequence: fc.bigInt({ min: 1n, max: 4n }),
      status: fc.constantFrom('live' as const, 'live' as const, 'deleted' as const),
      said,
    })
    .map(({ said: fields, externalId, ...rest }) => toEvent(rest, externalId as ExternalId, fields));

/** Events of one key; an (epoch, sequence) of one external id has one content only. */
const eventsOf = (...externalIds: readonly string[]): fc.Arbitrary<ContributionEvent[]> =>
  fc.uniqueArray(eventOf(externalIds), {
    selector: ({ system, externalId, epoch, sequence }) => `${system}/${externalId}/${epoch}/${sequence}`,
    maxLength: 10,
  });
export const events = eventsOf('x', 'y');
/** One external id a system: its latest event speaks for it, which the oracles can say in one line. */
export const plainEvents = eventsOf('x');

function toEvent(
  head: Pick<ContributionEvent, 'system' | 'epoch' | 'sequence' | 'status'>,
  externalId: ExternalId,
  fields: Readonly<Record<string, { readonly value: CanonicalValue; readonly at: Instant | null } | undefined>>,
): ContributionEvent {
  const values: Record<string, CanonicalValue> = {};
  const marks: Record<string, FieldMark> = {};
  for (const [name, word] of Object.entries(fields)) {
    if (!word) continue;
    values[name] = word.value;
    marks[name] = { at: word.at, unread: false };
  }
  const observedAt = '2026-01-03T00:00:00.000000Z' as Instant;
  return { ...head, externalId, entity: 'product', key: 'K' as BusinessKey, observedAt, fields: values, marks };
}

/** Contributions in the order in which their contributors last changed: the order of arrival, for mutants to see. */
export function fold(subject: MergeSubject, arrived: readonly ContributionEvent[]): Contribution[] {
  const all = new Map<string, Contribution>();
  for (const event of arrived) {
    const id = `${event.system}/${event.externalId}`;
    const next = subject.apply(all.get(id) ?? null, event);
    if (next === 'duplicate') continue;
    all.delete(id);
    all.set(id, next);
  }
  return [...all.values()];
}

const isOlder = (a: ContributionEvent, b: ContributionEvent): boolean =>
  a.epoch !== b.epoch ? a.epoch < b.epoch : a.sequence < b.sequence;

function latest(arrived: readonly ContributionEvent[], system: SystemId): ContributionEvent | undefined {
  const own = arrived.filter((event) => event.system === system);
  return own.reduce<ContributionEvent | undefined>(
    (best, next) => (best && isOlder(next, best) ? best : next),
    undefined,
  );
}

function ranked(arrived: readonly ContributionEvent[], name: string, systems: readonly SystemId[]): Ranked[] {
  return systems.flatMap((system) => {
    const event = latest(arrived, system);
    const value = event?.fields[name];
    return value === undefined ? [] : [{ value, at: event?.marks[name]?.at ?? '' }];
  });
}

interface Ranked {
  readonly value: CanonicalValue;
  readonly at: string;
}

/** One law of the merge; `holds` judges a subject over generated events. */
export interface MergeProperty {
  readonly name: string;
  /** Throws with a counterexample; `isQuick` does without making it small. */
  check(subject: MergeSubject, isQuick?: boolean): void;
}

/** A law over generated inputs. */
export function law<Input>(
  name: string,
  arbitrary: fc.Arbitrary<Input>,
  holds: (subject: MergeSubject, input: Input) => boolean,
): MergeProperty {
  const check = (subject: MergeSubject, isQuick = false): void =>
    fc.assert(
      fc.property(arbitrary, (input) => holds(subject, input)),
      { numRuns: 300, seed: 20261123, endOnFailure: isQuick },
    );
  return { name, check };
}

const mergedText = (subject: MergeSubject, arrived: readonly ContributionEvent[]): string => {
  const { fields, origins, ...rest } = subject.merge(fold(subject, arrived), POLICY);
  return JSON.stringify([rest, Object.entries(fields).sort(), Object.entries(origins).sort()]);
};
const replayed = events.chain((all) =>
  fc.record({ all: fc.constant(all), again: fc.shuffledSubarray([...all, ...all], { minLength: 0 }) }),
);
const shuffled = replayed.chain(({ all, again }) =>
  fc.record({
    all: fc.constant(all),
    arrived: fc.shuffledSubarray([...all, ...again], { minLength: all.length + again.length }),
  }),
);

/** The laws of the merge (architecture §3). */
export const MERGE_PROPERTIES: readonly MergeProperty[] = [
  law('any order, duplication or replay gives the same', shuffled, (subject, { all, arrived }) => {
    return mergedText(subject, all) === mergedText(subject, arrived);
  }),
  law('an event seen again is a duplicate', events, (subject, all) => {
    const seen = new Map(fold(subject, all).map((one) => [`${one.system}/${one.externalId}`, one]));
    return all.every(
      (event) => subject.apply(seen.get(`${event.system}/${event.externalId}`) ?? null, event) === 'duplicate',
    );
  }),
  law('a lower sequence never regresses', events, (subject, all) =>
    fold(subject, all).every(({ system, externalId, ...seen }) => {
      const own = all.filter((event) => event.system === system && event.externalId === externalId);
      return own.every((event) => !isOlder({ ...event, ...seen }, event));
    }),
  ),
  law("an owned field is its owner's and moved by nobody else", plainEvents, (subject, all) => {
    const { fields, origins } = subject.merge(fold(subject, all), POLICY);
    return fields['price'] === latest(all, A)?.fields['price'] && (origins['price']?.system ?? A) === A;
  }),
  law(
    'priority takes the first in rank that has the field; null is a value, absent none',
    plainEvents,
    (subject, all) => {
      return subject.merge(fold(subject, all), POLICY).fields['name'] === ranked(all, 'name', [B, A])[0]?.value;
    },
  ),
  law('the last writer wins by time, null times lose, rank breaks ties', plainEvents, (subject, all) => {
    const [winner] = ranked(all, 'note', [C, A, B]).sort((x, y) => (x.at === y.at ? 0 : x.at < y.at ? 1 : -1));
    return subject.merge(fold(subject, all), POLICY).fields['note'] === winner?.value;
  }),
  law('it lives by its creators and ends by its deleters', events, (subject, all) => {
    const contributions = fold(subject, all);
    const isLive = (system: SystemId): boolean =>
      contributions.some((one) => one.system === system && one.accepted?.status === 'live');
    const has = (system: SystemId): boolean => contributions.some((one) => one.system === system);
    const { status, foreign } = subject.merge(contributions, POLICY);
    const live = (isLive(A) || isLive(B)) && (isLive(A) || !has(A));
    return foreign === !(has(A) || has(B)) && status === (live ? 'live' : 'deleted');
  }),
  law('a delete withdraws no field', plainEvents, (subject, all) => {
    const deleted = all.map((event) => ({ ...event, status: 'deleted' as const }));
    const [before, after] = [all, deleted].map((some) => subject.merge(fold(subject, some), POLICY).fields);
    return JSON.stringify(before) === JSON.stringify(after);
  }),
  law('fields without a rule stay out, and every field has its origin', events, (subject, all) => {
    const { fields, origins } = subject.merge(fold(subject, all), POLICY);
    return !('free' in fields) && Object.keys(fields).sort().join() === Object.keys(origins).sort().join();
  }),
];
