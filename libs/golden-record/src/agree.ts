import { equalValues } from '#canonical';
import type { FieldMark, FieldOrigin, FieldOverride, GoldenEvent, MergedUpTo } from '#contracts';
import type { SurvivorshipPolicy } from '#hub-file';
import { HUB_SYSTEM, type CanonicalValue, type SystemId } from '#kernel';
import { isNewer, type Contribution, type Statement } from './contribution.js';
import { chooseSpeakers, merge } from './merge.js';
import { wordsOn } from './override.js';

const SILENT: Statement = { status: 'live', fields: {}, marks: {} };

/**
 * Contributions of a record as they were when golden published `published`, as far as a database that lost them can know
 * (ADR 9): their places are those that the event names, and they merge to what it says. Where a contribution says
 * otherwise, a person rejected it, or it was compacted away; what was rejected is remembered as such. Pure, idempotent.
 *
 * @param known contributions of the database, brought up to the event's places with what the change topics still have
 * @param policy null when the record was made by another one: then only what the event says of each field's origin counts
 */
export function agree(
  known: readonly Contribution[],
  published: GoldenEvent,
  policy: SurvivorshipPolicy | null,
): Contribution[] {
  const agreement = new Agreement(known, published);
  for (const [field, origin] of Object.entries(published.origins)) agreement.giveOrigin(field, origin);
  if (policy) {
    agreement.giveStatus(policy);
    agreement.refuseOthers(policy);
  }
  return agreement.contributions();
}

/** A contribution, and whether it is the very one that the event includes: else the event's own was compacted away. */
interface Draft {
  readonly contribution: Contribution;
  readonly isExact: boolean;
}

class Agreement {
  private readonly drafts = new Map<string, Draft>();

  constructor(
    known: readonly Contribution[],
    private readonly published: GoldenEvent,
  ) {
    for (const contribution of known) this.drafts.set(idOf(contribution), { contribution, isExact: true });
    for (const place of published.merged) this.bringTo(place);
  }

  contributions(): Contribution[] {
    return [...this.drafts.values()].map(({ contribution }) => contribution);
  }

  giveOrigin(field: string, { system, at }: FieldOrigin): void {
    const value = this.published.fields[field];
    const draft = this.speakerOf(system);
    if (value === undefined || !draft) return;
    const said = draft.contribution.accepted;
    const isSaid = said?.fields[field] !== undefined && equalValues(said.fields[field], value);
    if (isSaid && said.marks[field]?.at === at) return;
    const override = system === HUB_SYSTEM ? this.overrideOf(field) : undefined;
    this.put(isSaid ? draft : refuse(draft, field), (statement) =>
      withField(statement, field, value, { at, unread: false, ...(override && { override }) }),
    );
  }

  /** A delete that was rejected, or one that was compacted away. */
  giveStatus(policy: SurvivorshipPolicy): void {
    const { status } = this.published;
    for (const systems of [policy.delete, policy.create]) {
      if (merge(this.contributions(), policy).status === status) return;
      for (const system of systems) {
        const draft = this.speakerOf(system);
        if (draft) this.put(draft, (statement) => ({ ...statement, status }));
      }
    }
  }

  /** Values that would win, and did not: they were rejected. Each turn takes one value out. */
  refuseOthers(policy: SurvivorshipPolicy): void {
    for (;;) {
      const { origins, fields } = merge(this.contributions(), policy);
      const field = Object.keys(fields).find((name) => !equalValues(fields[name], this.published.fields[name]));
      const draft = field === undefined ? null : this.speakerOf(origins[field]?.system as SystemId);
      if (field === undefined || !draft) return;
      this.put(refuse(draft, field), (statement) => withoutField(statement, field));
    }
  }

  /** Who decided was compacted away; that it stands above what is said now was published. */
  private overrideOf(field: string): FieldOverride {
    return { by: '', reason: '', overrules: wordsOn(field, chooseSpeakers(this.contributions())) };
  }

  private bringTo({ system, externalId, epoch, sequence }: MergedUpTo): void {
    const id = idOf({ system, externalId });
    const known = this.drafts.get(id)?.contribution ?? null;
    if (!isNewer({ epoch, sequence }, known)) return;
    const unseen = { system, externalId, accepted: null, rejected: {} };
    this.drafts.set(id, { contribution: { ...(known ?? unseen), epoch, sequence }, isExact: false });
  }

  /** Whose word counts for the system: among those that never said anything accepted, any one. */
  private speakerOf(system: SystemId): Draft | null {
    const speaker = chooseSpeakers(this.contributions()).get(system);
    const own = [...this.drafts.values()].filter(({ contribution }) => contribution.system === system);
    return (speaker ? this.drafts.get(idOf(speaker)) : own[0]) ?? null;
  }

  private put({ contribution, isExact }: Draft, change: (statement: Statement) => Statement): void {
    const accepted = change(contribution.accepted ?? SILENT);
    this.drafts.set(idOf(contribution), { isExact, contribution: { ...contribution, accepted } });
  }
}

/** Remembers what the contribution says of the field as rejected, if it is what the event's own said. */
function refuse(draft: Draft, field: string): Draft {
  const { accepted } = draft.contribution;
  const value = accepted?.fields[field];
  if (!draft.isExact || value === undefined) return draft;
  const rejected = { ...draft.contribution.rejected, [field]: { value, at: accepted?.marks[field]?.at ?? null } };
  return { ...draft, contribution: { ...draft.contribution, rejected } };
}

function withField(statement: Statement, field: string, value: CanonicalValue, mark: FieldMark): Statement {
  const { status, fields, marks } = statement;
  return { status, fields: { ...fields, [field]: value }, marks: { ...marks, [field]: mark } };
}

function withoutField({ status, fields, marks }: Statement, field: string): Statement {
  const without = <Value>(all: Readonly<Record<string, Value>>): Record<string, Value> =>
    Object.fromEntries(Object.entries(all).filter(([name]) => name !== field));
  return { status, fields: without(fields), marks: without(marks) };
}

function idOf({ system, externalId }: Pick<Contribution, 'system' | 'externalId'>): string {
  return `${system}\0${externalId}`;
}
