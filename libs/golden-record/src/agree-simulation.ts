import fc from 'fast-check';
import type { ContributionEvent, GoldenEvent } from '#contracts';
import type { SurvivorshipPolicy } from '#hub-file';
import { instantOfMs, type BusinessKey, type CanonicalValue, type SystemId } from '#kernel';
import type { agree } from './agree.js';
import { applyContribution, isNewer, rejectContribution, type Contribution } from './contribution.js';
import { aContribution } from './golden-builders.js';
import { decideGolden, toGoldenEvent, type GoldenRecord } from './golden.js';
import { merge } from './merge.js';

/** What the laws judge: the shipped rule, or a mutant of it. */
export interface TakeOverSubject {
  readonly agree: typeof agree;
  /** The record with which golden goes on. */
  readonly goOnFrom: (inBackup: GoldenRecord | null, published: GoldenEvent) => GoldenRecord | null;
}

const [A, B] = ['a', 'b'] as unknown as readonly [SystemId, SystemId];
const KEY = 'K' as BusinessKey;
const NOW = instantOfMs(0);
/** `own` is a's, `last` the last writer's; a creates and deletes. */
const POLICY: SurvivorshipPolicy = {
  version: 1,
  create: [A],
  delete: [A],
  fields: { own: { kind: 'owner', system: A }, last: { kind: 'last-writer-wins', systems: [A, B] } },
};

/** One thing that happened; `isRejected` by a person, `isCompacted` when its change topic no longer has it. */
interface Step {
  readonly event: ContributionEvent;
  readonly isRejected: boolean;
  readonly isCompacted: boolean;
}

/** Golden over one key, with what it published. */
class Golden {
  constructor(
    readonly contributions: Map<string, Contribution> = new Map(),
    public record: GoldenRecord | null = null,
    readonly topic: GoldenEvent[] = [],
  ) {}

  copy(): Golden {
    return new Golden(new Map(this.contributions), this.record, [...this.topic]);
  }

  /** True unless it is a duplicate. */
  take({ event, isRejected }: Pick<Step, 'event' | 'isRejected'>): boolean {
    const id = idOf(event);
    const settle = isRejected ? rejectContribution : applyContribution;
    const next = settle(this.contributions.get(id) ?? null, event);
    if (next === 'duplicate') return false;
    this.contributions.set(id, next);
    const all = [...this.contributions.values()];
    const merged = merge(all, POLICY);
    const { kind, golden } = decideGolden(this.record, merged, POLICY, { key: KEY, now: NOW });
    this.record = golden;
    if (kind !== 'foreign') this.topic.push(toGoldenEvent('product', golden, merged.origins, all));
    return true;
  }

  merged(): string {
    return contentOf(merge([...this.contributions.values()], POLICY));
  }
}

const idOf = ({ system, externalId }: Pick<Contribution, 'system' | 'externalId'>): string => `${system}/${externalId}`;

function contentOf({ status, fields }: Pick<GoldenEvent, 'status' | 'fields'>): string {
  return JSON.stringify([status, Object.entries(fields).sort()]);
}

/** Golden killed after `steps`, its database put back to what it was after `backedUp` of them, and started again. */
function restore(subject: TakeOverSubject, steps: readonly Step[], backedUp: number): { was: Golden; is: Golden } {
  const was = new Golden();
  steps.slice(0, backedUp).forEach((step) => was.take(step));
  const is = was.copy();
  steps.slice(backedUp).forEach((step) => was.take(step));
  const published = was.topic.at(-1);
  if (!published || published.sequence <= (is.record?.sequence ?? 0n)) return { was, is };
  const known = new Map(is.contributions);
  for (const { event } of onTopic(steps, backedUp)) {
    const upTo = published.merged.find((place) => idOf(place) === idOf(event));
    if (!upTo || isNewer(event, upTo)) continue;
    const next = applyContribution(known.get(idOf(event)) ?? null, event);
    if (next !== 'duplicate') known.set(idOf(event), next);
  }
  const agreed = subject.agree([...known.values()], published, POLICY);
  const contributions = new Map(agreed.map((one) => [idOf(one), one]));
  return { was, is: new Golden(contributions, subject.goOnFrom(is.record, published), [...was.topic]) };
}

/** What the change topics still have since the backup: of each contributor the last always. */
function onTopic(steps: readonly Step[], backedUp: number): readonly Step[] {
  const since = steps.slice(backedUp);
  return since.filter(({ event, isCompacted }, index) => {
    return !isCompacted || !since.slice(index + 1).some((later) => idOf(later.event) === idOf(event));
  });
}

const value = fc.constantFrom<CanonicalValue>('1', '2', '3', null);
const word = fc.record({
  system: fc.constantFrom('a', 'a', 'b'),
  fields: fc.record({ own: value, last: value }, { requiredKeys: [] }),
  at: fc.integer({ min: 1, max: 3 }),
  status: fc.constantFrom('live' as const, 'live' as const, 'live' as const, 'deleted' as const),
  isRejected: fc.boolean(),
  isCompacted: fc.boolean(),
});
const history = fc.array(word, { minLength: 2, maxLength: 8 }).map((words) =>
  words.map(({ isRejected, isCompacted, ...sketch }, index): Step => {
    return { event: aContribution({ key: 'K', ...sketch, sequence: BigInt(index + 1) }), isRejected, isCompacted };
  }),
);
const restored = history.chain((steps) =>
  fc.record({ steps: fc.constant(steps), backedUp: fc.nat({ max: steps.length - 1 }), later: history }),
);
const numbered = (later: readonly Step[]): Step[] =>
  later.map((step) => ({ ...step, event: { ...step.event, sequence: step.event.sequence + 100n } }));

/** One law of taking over; throws with a counterexample. */
export interface TakeOverLaw {
  readonly name: string;
  check(subject: TakeOverSubject): void;
}

function law(
  name: string,
  holds: (subject: TakeOverSubject, input: { steps: Step[]; backedUp: number; later: Step[] }) => boolean,
): TakeOverLaw {
  const check = (subject: TakeOverSubject): void =>
    fc.assert(
      fc.property(restored, ({ steps, backedUp, later }) =>
        holds(subject, { steps, backedUp, later: numbered(later) }),
      ),
      { numRuns: 300, seed: 20261125 },
    );
  return { name, check };
}

/** What must hold when golden goes on over a database older than its topics (ADR 9). */
export const TAKE_OVER_LAWS: readonly TakeOverLaw[] = [
  law('what was published is what it merges to', (subject, { steps, backedUp }) => {
    const { was, is } = restore(subject, steps, backedUp);
    const published = was.topic.at(-1);
    return !published || is.merged() === contentOf(published);
  }),
  law('what the change topics bring again publishes nothing', (subject, { steps, backedUp }) => {
    const { was, is } = restore(subject, steps, backedUp);
    if (was.topic.length === 0) return true;
    onTopic(steps, backedUp).forEach(({ event }) => is.take({ event, isRejected: false }));
    return is.topic.length === was.topic.length;
  }),
  law(
    'sequences and versions rise on the topic, and a version has one content',
    (subject, { steps, backedUp, later }) => {
      const { is } = restore(subject, steps, backedUp);
      [...onTopic(steps, backedUp), ...later].forEach((step) => is.take(step));
      return is.topic.every((event, index) => {
        const before = is.topic[index - 1];
        if (!before) return true;
        const isSame = contentOf(event) === contentOf(before);
        return event.sequence > before.sequence && event.version === before.version + (isSame ? 0n : 1n);
      });
    },
  ),
  law('where nothing was rejected it goes on as if nothing had happened', (subject, { steps, backedUp, later }) => {
    const accepted = steps.map((step) => ({ ...step, isRejected: false, isCompacted: false }));
    const { was, is } = restore(subject, accepted, backedUp);
    onTopic(accepted, backedUp).forEach((step) => is.take(step));
    return later.every((step) => {
      was.take(step);
      is.take(step);
      return was.merged() === is.merged();
    });
  }),
  law('a rejected value does not come back with a change of another field', (subject, { steps, backedUp }) => {
    const [first] = steps;
    const refused = aContribution({ key: 'K', system: 'a', sequence: 50n, at: 9, fields: { own: '9' } });
    if (!first || backedUp === 0) return true;
    const { was, is } = restore(
      subject,
      [...steps, { event: refused, isRejected: true, isCompacted: false }],
      backedUp,
    );
    const hadOwn = was.topic.at(-1)?.fields['own'] !== undefined;
    is.take({ event: { ...refused, sequence: 51n }, isRejected: false });
    return !hadOwn || is.record?.fields['own'] !== '9';
  }),
];
