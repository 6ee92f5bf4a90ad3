import type { ReplayConditionWish, ReplayPlanReport, ReplayWish } from '#contracts';

/** A replay as somebody is putting it together: what the fields of the wizard hold. */
export interface ReplayDraft {
  readonly source: string;
  /** `0:100-200`, one a line. */
  readonly offsets: string;
  /** `2026-11-23T04:05`, UTC. */
  readonly from: string;
  readonly until: string;
  /** One a line. */
  readonly keys: string;
  /** `brand=Böhm`, `header:ce_type~changed`, one a line. */
  readonly where: string;
  readonly kind: 'lane' | 'topic';
  readonly group: string;
  readonly topic: string;
  readonly append: boolean;
  readonly perSecond: string;
  readonly rampSeconds: string;
}

/** Where a draft begins. */
export const EMPTY_DRAFT: ReplayDraft = {
  ...{ source: '', offsets: '', from: '', until: '', keys: '', where: '' },
  ...{ kind: 'lane', group: '', topic: '', append: false, perSecond: '', rampSeconds: '' },
};

/** What a draft asks the server for. Pure. @throws Error with what to write instead */
export function toWish(draft: ReplayDraft): ReplayWish {
  const { source, kind, group, topic, append, perSecond, rampSeconds } = draft;
  const offsets = linesOf(draft.offsets).map(toWindow);
  const keys = linesOf(draft.keys);
  const where = linesOf(draft.where).map(toCondition);
  return {
    source,
    to: kind === 'lane' ? { kind, group } : { kind, topic, append },
    ...(offsets.length > 0 && { offsets }),
    ...(draft.from !== '' && { from: toInstant(draft.from) }),
    ...(draft.until !== '' && { until: toInstant(draft.until) }),
    ...(keys.length > 0 && { keys }),
    ...(where.length > 0 && { where }),
    ...(perSecond !== '' && { perSecond: Number(perSecond) }),
    ...(rampSeconds !== '' && { rampSeconds: Number(rampSeconds) }),
  };
}

/** The wish with exactly the windows of its dry run: what was written since is not replayed unseen. Pure. */
export function asPlanned(wish: ReplayWish, { windows }: ReplayPlanReport): ReplayWish {
  return { ...wish, offsets: windows };
}

/** An instant of a field of date and time, which is meant as UTC. Pure. */
export function toInstant(text: string): string {
  return `${text}${text.length === 16 ? ':00' : ''}Z`;
}

/** Lines of a field that say something. Pure. */
export function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}

function toWindow(line: string): NonNullable<ReplayWish['offsets']>[number] {
  const [, partition, from, until] = /^\s*(\d{1,6})(?::(\d*)-(\d*))?\s*$/.exec(line) ?? [];
  if (partition === undefined) throw new Error(`“${line}”: write 0:100-200, 0:100- or 3.`);
  return { partition: Number(partition), ...(from && { from }), ...(until && { until }) };
}

/** A condition as somebody wrote it. Pure. @throws Error with what to write instead */
export function toCondition(line: string): ReplayConditionWish {
  const [, header, name, sign, value = ''] = /^(header:)?([^=~]+)([=~])(.*)$/.exec(line) ?? [];
  if (name === undefined) throw new Error(`“${line}”: write field=value, field~pattern or header:name=value.`);
  return { on: header ? 'header' : 'field', name: name.trim(), test: sign === '=' ? 'equals' : 'matches', value };
}
