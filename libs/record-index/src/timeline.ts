import type { ContributionEvent, Entity, GoldenEvent, MergedUpTo, TimelineEntry } from '#contracts';
import { instantOfMs, type CanonicalFields } from '#kernel';
import { compareNewestFirst, type RecordHit } from './record-query.js';

/** What a record of a topic says, once it was read. */
export type TimelineContent =
  | {
      readonly kind: 'change';
      readonly event: ContributionEvent;
      readonly batch: string | null;
      readonly round: string | null;
    }
  | { readonly kind: 'golden'; readonly topic: 'golden' | 'history'; readonly event: GoldenEvent }
  | {
      readonly kind: 'drift';
      readonly system: string;
      readonly round: string;
      readonly found: string;
      readonly fields: readonly string[];
    }
  | { readonly kind: 'dead-letter'; readonly consumer: string; readonly reason: string }
  /** Not read, or not readable. */
  | { readonly kind: 'unread'; readonly system: string; readonly isInTopic: boolean };

/** A record with what it says. */
export interface TimelineRecord {
  readonly hit: RecordHit;
  readonly content: TimelineContent;
}

/** A write of the record into a system, as its connector's mirror knows it. */
export interface SystemWrite {
  readonly system: string;
  /** Golden version that it carries. */
  readonly version: string;
  /** `update applied`, `create under way`, a reason why the record is parked. */
  readonly what: string;
  /** When it was begun and answered, milliseconds since the epoch; null where nothing says it. */
  readonly beganAtMs: number | null;
  readonly answeredAtMs: number | null;
  readonly fields: CanonicalFields;
}

/** A reconcile round that compared a system that has the record, and came to its end. */
export interface RoundCheck {
  readonly round: string;
  readonly system: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly scanned: number;
}

/** What is known besides the records of topics. */
export interface TimelineExtras {
  readonly writes: readonly SystemWrite[];
  readonly checks: readonly RoundCheck[];
}

type Changes = TimelineEntry['changes'];

/**
 * One list, oldest first. Causes are told by golden events themselves: which contribution each is merged up to. What lies in
 * both the state and the history topic is one entry. A round that began after the first of it and told no drift of the record
 * is a check that found none. Pure.
 */
export function buildTimeline(records: readonly TimelineRecord[], { writes, checks }: TimelineExtras): TimelineEntry[] {
  const ordered = [...records].sort((a, b) => -compareNewestFirst(a.hit, b.hit));
  const inHistory = new Set(ordered.flatMap(({ hit, content }) => (isHistory(content) ? [hit.eventId] : [])));
  const wanted = ordered.filter(({ hit, content }) => !isState(content) || !inHistory.has(hit.eventId));
  const builder = new TimelineBuilder();
  const entries = wanted.map((record) => builder.add(record));
  const begins = wanted[0]?.hit.appendedAtMs ?? Number.POSITIVE_INFINITY;
  const drifted = new Set(entries.flatMap(({ kind, round }) => (kind === 'drift' ? [round] : [])));
  const equal = checks.filter(({ round, startedAtMs }) => startedAtMs >= begins && !drifted.has(round));
  const all = [
    ...entries,
    ...writes.map((write) => toWrite(write, builder.versionAt(write.version))),
    ...equal.map(toCheck),
  ];
  return all.sort((a, b) => (a.at === b.at ? rank(a) - rank(b) : a.at < b.at ? -1 : 1));
}

/** At one instant the cause stands before what it caused. */
function rank({ kind }: TimelineEntry): number {
  return ['change', 'version', 'answer', 'write', 'drift', 'check', 'dead-letter', 'other'].indexOf(kind);
}

class TimelineBuilder {
  private readonly said = new Map<string, CanonicalFields>();
  private readonly changedAtMs = new Map<string, number>();
  private readonly versions = new Map<string, { readonly atMs: number; readonly eventId: string | null }>();
  private golden: CanonicalFields = {};
  private merged: readonly MergedUpTo[] = [];

  add({ hit, content }: TimelineRecord): TimelineEntry {
    switch (content.kind) {
      case 'change':
        return { ...this.addChange(hit, content.event), batch: content.batch, round: content.round };
      case 'golden':
        return this.addGolden(hit, content.event);
      case 'drift': {
        const what = [content.found, ...content.fields].join(' ');
        return { ...entryOf(hit, 'drift', content.system), what, round: content.round };
      }
      case 'dead-letter':
        return { ...entryOf(hit, 'dead-letter', content.consumer), what: content.reason };
      case 'unread': {
        const what = content.isInTopic ? 'not readable' : 'no longer in the topic';
        return { ...entryOf(hit, 'other', content.system), what, isReadable: false };
      }
    }
  }

  versionAt(version: string): { readonly atMs: number; readonly eventId: string | null } | undefined {
    return this.versions.get(version);
  }

  private addChange(hit: RecordHit, event: ContributionEvent): TimelineEntry {
    const { system, externalId, status, fields, observedAt } = event;
    const id = `${system}/${externalId}`;
    const changes = diff(this.said.get(id) ?? {}, fields);
    this.said.set(id, fields);
    this.changedAtMs.set(contributionId(event.entity, event), hit.appendedAtMs);
    const latencyMs = Math.max(0, hit.appendedAtMs - Date.parse(observedAt));
    return { ...entryOf(hit, 'change', system), what: status, changes, latencyMs };
  }

  private addGolden(hit: RecordHit, event: GoldenEvent): TimelineEntry {
    const { version, status, fields, merged, entity } = event;
    const isNew = !this.versions.has(version.toString());
    const changes = diff(this.golden, fields);
    const cause = this.causeOf(entity, merged);
    this.golden = fields;
    this.merged = merged;
    if (isNew) this.versions.set(version.toString(), { atMs: hit.appendedAtMs, eventId: hit.eventId });
    const what = `version ${version}${status === 'deleted' ? ', deleted' : ''}`;
    const since = cause === null ? undefined : this.changedAtMs.get(cause);
    const latencyMs = since === undefined ? null : Math.max(0, hit.appendedAtMs - since);
    return { ...entryOf(hit, isNew ? 'version' : 'answer', 'golden'), what, changes, causedBy: cause, latencyMs };
  }

  /** The contribution that this one includes and the last did not; of several the one that came last. */
  private causeOf(entity: Entity, merged: readonly MergedUpTo[]): string | null {
    const before = new Set(this.merged.map((upTo) => contributionId(entity, upTo)));
    const added = merged.map((upTo) => contributionId(entity, upTo)).filter((id) => !before.has(id));
    const when = (id: string): number => this.changedAtMs.get(id) ?? 0;
    return added.sort((a, b) => when(a) - when(b)).at(-1) ?? null;
  }
}

/** The id of a contribution's event; see `changeEventHeaders`. */
function contributionId(entity: Entity, { system, externalId, epoch, sequence }: MergedUpTo): string {
  return `${system}/${entity}/${externalId}/${epoch}.${sequence}`;
}

const NOTHING = {
  ...{ changes: {}, eventId: null, traceId: null, causedBy: null, latencyMs: null, answeredAt: null },
  ...{ round: null, batch: null, place: null, isReadable: true },
} as const;

function entryOf(hit: RecordHit, kind: TimelineEntry['kind'], system: string): TimelineEntry {
  const { topic, partition, offset, eventId, traceId, appendedAtMs } = hit;
  const place = { topic, partition, offset: offset.toString() };
  return { ...NOTHING, at: instantOfMs(appendedAtMs), kind, system, what: '', eventId, traceId, place };
}

/** A write of which no time is known stands behind the version that it carried. */
function toWrite(
  { system, version, what, beganAtMs, answeredAtMs, fields }: SystemWrite,
  cause: { readonly atMs: number; readonly eventId: string | null } | undefined,
): TimelineEntry {
  const atMs = beganAtMs ?? cause?.atMs ?? 0;
  return {
    ...{ ...NOTHING, at: instantOfMs(atMs), kind: 'write', system },
    ...{ what: `version ${version}: ${what}`, changes: diff({}, fields), causedBy: cause?.eventId ?? null },
    latencyMs: beganAtMs === null || !cause ? null : Math.max(0, beganAtMs - cause.atMs),
    answeredAt: answeredAtMs === null ? null : instantOfMs(answeredAtMs),
  };
}

function toCheck({ round, system, endedAtMs, scanned }: RoundCheck): TimelineEntry {
  const what = `no difference of it among ${scanned} records`;
  return { ...NOTHING, at: instantOfMs(endedAtMs), kind: 'check', system, what, round };
}

function diff(before: CanonicalFields, after: CanonicalFields): Changes {
  const changes: Record<string, Changes[string]> = {};
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [old, now] = [before[name], after[name]];
    if (JSON.stringify(old) === JSON.stringify(now)) continue;
    changes[name] = { ...(old !== undefined && { before: old }), ...(now !== undefined && { after: now }) };
  }
  return changes;
}

function isHistory(content: TimelineContent): boolean {
  return content.kind === 'golden' && content.topic === 'history';
}

function isState(content: TimelineContent): boolean {
  return content.kind === 'golden' && content.topic === 'golden';
}
