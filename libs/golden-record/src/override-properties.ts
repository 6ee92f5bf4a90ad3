import type { ContributionEvent, FieldOverride } from '#contracts';
import {
  HUB_SYSTEM,
  type BusinessKey,
  type CanonicalValue,
  type ExternalId,
  type Instant,
  type SystemId,
} from '#kernel';
import fc from 'fast-check';
import type { Contribution } from './contribution.js';
import { chooseSpeakers, merge } from './merge.js';
import {
  A,
  B,
  C,
  events,
  fold,
  law,
  plainEvents,
  POLICY,
  type MergeProperty,
  type MergeSubject,
} from './merge-properties.js';
import { wordsOn } from './override.js';

const FIELDS = Object.keys(POLICY.fields);
const times = [null, '2026-01-01T00:00:00.000000Z', '2026-01-02T00:00:00.000000Z'] as readonly (Instant | null)[];
/** Later than every time of the generated events. */
const [DECIDED, LATER, LAST] = ['03', '04', '05'].map(
  (day) => `2026-01-${day}T00:00:00.000000Z`,
) as unknown as readonly [Instant, Instant, Instant];
/** A value that no generated event has. */
const OF_HUB = 'of the hub';

type Overrides = Readonly<Record<string, FieldOverride>>;

/** The hub's contribution: its own value in each of these fields. */
function hubEvent(sequence: bigint, overrides: Overrides, value: CanonicalValue = OF_HUB): ContributionEvent {
  const names = Object.keys(overrides);
  return {
    ...{ entity: 'product', system: HUB_SYSTEM, externalId: 'K' as ExternalId, key: 'K' as BusinessKey },
    ...{ epoch: 1, sequence, status: 'live', observedAt: DECIDED },
    fields: Object.fromEntries(names.map((name) => [name, value])),
    marks: Object.fromEntries(
      Object.entries(overrides).map(([name, override]) => [name, { at: DECIDED, unread: false, override }]),
    ),
  };
}

/** An override of every field, decided over what these contributions say. */
function overrideAll(contributions: readonly Contribution[]): ContributionEvent {
  const speakers = chooseSpeakers(contributions);
  const decided = FIELDS.map(
    (name) => [name, { by: 'ann', reason: 'test', overrules: wordsOn(name, speakers) }] as const,
  );
  return hubEvent(1n, Object.fromEntries(decided));
}

/** The latest event of a system, said again with other fields changed. */
function later(
  all: readonly ContributionEvent[],
  system: SystemId,
  change: Partial<ContributionEvent>,
): ContributionEvent {
  const newest = all
    .filter((event) => event.system === system)
    .reduce((a, b) => (a.epoch !== b.epoch ? (a.epoch > b.epoch ? a : b) : a.sequence > b.sequence ? a : b));
  return { ...newest, ...change, sequence: newest.sequence + 10n };
}

function saying(
  event: ContributionEvent,
  name: string,
  value: CanonicalValue,
  at: Instant,
): Partial<ContributionEvent> {
  return {
    fields: { ...event.fields, [name]: value },
    marks: { ...event.marks, [name]: { at, unread: false } },
  };
}

const word = fc.record({
  system: fc.constantFrom(A, B, C),
  value: fc.constantFrom<CanonicalValue>(null, '1', '2', '3'),
  at: fc.constantFrom(...times),
});
const override = fc.record({
  by: fc.constant('ann'),
  reason: fc.constant('test'),
  overrules: fc.uniqueArray(word, { selector: ({ system }) => system, maxLength: 3 }),
});
const overrides = fc.record({ price: override, name: override, note: override }, { requiredKeys: [] });
const hubEvents = fc.uniqueArray(
  fc
    .tuple(fc.bigInt({ min: 1n, max: 4n }), overrides)
    .map(([sequence, said]) => hubEvent(sequence, said, `hub ${sequence}`)),
  { selector: ({ sequence }) => sequence, maxLength: 3 },
);
const mixed = fc.tuple(events, hubEvents).map(([all, own]) => [...all, ...own]);
const shuffled = mixed.chain((all) =>
  fc.record({
    all: fc.constant(all),
    arrived: fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 }),
  }),
);

const textOf = (subject: MergeSubject, arrived: readonly ContributionEvent[]): string => {
  const { fields, origins, ...rest } = subject.merge(fold(subject, arrived), POLICY);
  return JSON.stringify([rest, Object.entries(fields).sort(), Object.entries(origins).sort()]);
};

/** Whether the winner without the hub still says what was overruled, told in another way than the shipped rule. */
function stands(
  own: FieldOverride,
  winner: SystemId | undefined,
  said: { value?: CanonicalValue | undefined; at: Instant | null },
): boolean {
  if (winner === undefined || said.at === null) return true;
  const known = own.overrules.filter(({ system }) => system === winner);
  return known.some(({ value, at }) => value === said.value && (at ?? '') >= (said.at ?? '') && at !== null);
}

/** The laws of an override (architecture §3, ADR 19). */
export const OVERRIDE_PROPERTIES: readonly MergeProperty[] = [
  law('with overrides, any order or duplication gives the same', shuffled, (subject, { all, arrived }) => {
    return textOf(subject, all) === textOf(subject, arrived);
  }),
  law('an override stands above every rule as long as nobody authors the field anew', plainEvents, (subject, all) => {
    const own = overrideAll(fold(subject, all));
    const { fields, origins } = subject.merge(fold(subject, [...all, own]), POLICY);
    return FIELDS.every((name) => fields[name] === OF_HUB && origins[name]?.rule === 'override');
  }),
  law('an override outlives what its sources say of other fields', plainEvents, (subject, all) => {
    const own = overrideAll(fold(subject, all));
    const said = [...new Set(all.map(({ system }) => system))].map((system) => {
      const event = later(all, system, {});
      return { ...event, ...saying(event, 'free', 'other', LATER) };
    });
    const { fields } = subject.merge(fold(subject, [...all, own, ...said]), POLICY);
    return FIELDS.every((name) => fields[name] === OF_HUB);
  }),
  law('an override ends when the one who would win authors the field, and stays ended', plainEvents, (subject, all) => {
    const before = merge(fold(subject, all), POLICY);
    const own = overrideAll(fold(subject, all));
    return Object.entries(before.origins).every(([name, { system }]) => {
      const event = later(all, system, {});
      const moved = { ...event, ...saying(event, name, 'moved', LATER) };
      const back = {
        ...moved,
        ...saying(moved, name, before.fields[name] ?? null, LAST),
        sequence: moved.sequence + 1n,
      };
      const one = subject.merge(fold(subject, [...all, own, moved]), POLICY).fields[name];
      const two = subject.merge(fold(subject, [...all, own, moved, back]), POLICY);
      return one === 'moved' && two.fields[name] === before.fields[name] && two.origins[name]?.system === system;
    });
  }),
  law("a field is the hub's exactly while its override stands", mixed, (subject, all) => {
    const contributions = fold(subject, all);
    const others = merge(
      contributions.filter(({ system }) => system !== HUB_SYSTEM),
      POLICY,
    );
    const own = contributions.find(({ system }) => system === HUB_SYSTEM)?.accepted;
    const { fields } = subject.merge(contributions, POLICY);
    return FIELDS.every((name) => {
      const decided = own?.marks[name]?.override;
      const said = { value: others.fields[name], at: others.origins[name]?.at ?? null };
      const isOwn = decided !== undefined && stands(decided, others.origins[name]?.system, said);
      return fields[name] === (isOwn ? own?.fields[name] : others.fields[name]);
    });
  }),
  law('what the hub says creates and deletes nothing', mixed, (subject, all) => {
    const { status, foreign } = subject.merge(fold(subject, all), POLICY);
    const own = fold(subject, all).filter(({ system }) => system !== HUB_SYSTEM);
    const without = merge(own, POLICY);
    return status === without.status && foreign === without.foreign;
  }),
];
