import type { Entity, GoldenEvent } from '#contracts';
import type { SurvivorshipPolicy } from '#hub-file';
import type { BusinessKey, ExternalId, Instant, SystemId } from '#kernel';
import type { Contribution } from './contribution.js';
import { decideGolden, toGoldenEvent, type Cause, type GoldenDecision, type GoldenRecord } from './golden.js';
import { merge, type MergedRecord } from './merge.js';
import type { KeyRecord, RecordChanges } from './ports.js';

/** An event to publish: a version goes to the state and the history topic, an answer to the state topic only. */
export interface Publication {
  readonly kind: 'version' | 'answer';
  readonly isBulk: boolean;
  readonly event: GoldenEvent;
}

/** What one contribution would make of its record; nothing has happened yet. */
export interface Trial {
  readonly key: BusinessKey;
  readonly contributions: readonly Contribution[];
  readonly merged: MergedRecord;
  readonly before: GoldenRecord | null;
  readonly decision: GoldenDecision;
}

/** More answers than this in one page are bulk. */
const LIVE_ANSWERS = 100;

/** Working copy of the records of one page. Try a contribution, then commit it or not; at the end collect what changed. */
export class RecordBook {
  private readonly records = new Map<BusinessKey, KeyRecord>();
  private readonly changed = new Map<string, RecordChanges['contributions'][number]>();
  private readonly goldens = new Map<BusinessKey, GoldenRecord>();
  private readonly superseded: GoldenRecord[] = [];
  private readonly versions: Publication[] = [];
  private readonly answers = new Map<
    BusinessKey,
    { readonly publication: Publication; readonly golden: GoldenRecord }
  >();

  constructor(
    private readonly entity: Entity,
    private readonly policy: SurvivorshipPolicy,
    private readonly now: Instant,
    records: readonly KeyRecord[],
  ) {
    for (const record of records) this.records.set(record.key, record);
  }

  /** The contribution as it stands now; null before the first. */
  find(key: BusinessKey, system: SystemId, externalId: ExternalId): Contribution | null {
    const all = this.records.get(key)?.contributions ?? [];
    return all.find((one) => one.system === system && one.externalId === externalId) ?? null;
  }

  /** What the record would become with this contribution in place of the one before, and by what. */
  try(key: BusinessKey, next: Contribution, cause: Cause): Trial {
    const others = (this.records.get(key)?.contributions ?? []).filter((one) => !isSameContributor(one, next));
    return this.decide(key, [...others, next], cause);
  }

  /** Makes a trial true: its contribution is stored, and a version or an answer is published. */
  commit(trial: Trial, contribution: Contribution, isBulk: boolean): void {
    const { key, contributions, merged, before, decision } = trial;
    this.changed.set(`${key}\0${contribution.externalId}\0${contribution.system}`, { key, contribution });
    const event = toGoldenEvent(this.entity, decision.golden, merged.origins, contributions);
    if (decision.kind === 'answer') {
      // Answers of one key wait for the end of the page: one answers for all, and a version makes them needless.
      this.answers.set(key, { publication: { kind: 'answer', isBulk, event }, golden: decision.golden });
      this.records.set(key, { key, golden: before, contributions });
      return;
    }
    this.answers.delete(key);
    this.setGolden(trial);
    if (decision.kind === 'version') this.versions.push({ kind: 'version', isBulk, event });
  }

  /** Merges a record again under the policy. Published only where values change; a new policy version is noted in any case. */
  remerge(key: BusinessKey): void {
    const record = this.records.get(key);
    if (!record?.golden) return;
    const trial = this.decide(key, record.contributions);
    const { golden, kind } = trial.decision;
    if (kind === 'answer') {
      this.goldens.set(key, { ...golden, sequence: record.golden.sequence });
      return;
    }
    this.setGolden(trial);
    const event = toGoldenEvent(this.entity, golden, trial.merged.origins, record.contributions);
    if (kind === 'version') this.versions.push({ kind, isBulk: true, event });
  }

  /** Everything to store and to publish, in order. Versions of one key precede its answer. */
  close(): { readonly changes: RecordChanges; readonly publications: readonly Publication[] } {
    const isBulk = this.answers.size > LIVE_ANSWERS;
    const answers = [...this.answers].map(([key, { publication, golden }]) => {
      this.goldens.set(key, golden);
      return isBulk ? { ...publication, isBulk } : publication;
    });
    const { changed, goldens, superseded } = this;
    const changes = { contributions: [...changed.values()], goldens: [...goldens.values()], superseded };
    return { changes, publications: [...this.versions, ...answers] };
  }

  private decide(key: BusinessKey, contributions: readonly Contribution[], cause?: Cause): Trial {
    const before = this.records.get(key)?.golden ?? null;
    const merged = merge(contributions, this.policy);
    const decision = decideGolden(before, merged, this.policy, { key, now: this.now, cause });
    return { key, contributions, merged, before, decision };
  }

  private setGolden({ key, contributions, before, decision }: Trial): void {
    if (before && before.version > 0n && decision.kind === 'version') this.superseded.push(before);
    this.goldens.set(key, decision.golden);
    this.records.set(key, { key, golden: decision.golden, contributions });
  }
}

function isSameContributor(a: Contribution, b: Contribution): boolean {
  return a.system === b.system && a.externalId === b.externalId;
}
