import type { Instant } from '#kernel';

/** A run of offsets: from the first up to, without, the second. */
export interface WindowReport {
  readonly partition: number;
  readonly from: string;
  readonly until: string;
}

/** Where a replay writes. */
export interface ReplayTargetReport {
  /** `lane`: read by one consumer group only; `topic`: one of its own. */
  readonly kind: 'lane' | 'topic';
  readonly topic: string;
  /** The group that reads a lane; null for a topic. */
  readonly group: string | null;
}

/** A condition on a field or a header of a message. */
export interface ReplayConditionWish {
  readonly on: 'field' | 'header';
  readonly name: string;
  readonly test: 'equals' | 'matches';
  readonly value: string;
}

/** Body of `POST /api/replays` and `POST /api/replays/plan`: what somebody wants to have replayed. */
export interface ReplayWish {
  readonly source: string;
  readonly to:
    | { readonly kind: 'lane'; readonly group: string }
    | { readonly kind: 'topic'; readonly topic: string; readonly append?: boolean };
  /** Windows of offsets; partitions that are not named are not read. */
  readonly offsets?: readonly { readonly partition: number; readonly from?: string; readonly until?: string }[];
  /** Messages of this time or later; before that time. */
  readonly from?: string;
  readonly until?: string;
  readonly keys?: readonly string[];
  readonly where?: readonly ReplayConditionWish[];
  /** Messages a second; absent: no limit. */
  readonly perSecond?: number;
  /** How long the rate grows from a twentieth; 30 unless said. */
  readonly rampSeconds?: number;
}

/** Answer of `POST /api/replays/plan`: what a replay would do, read and counted. Nothing was written. */
export interface ReplayPlanReport {
  readonly source: string;
  readonly target: ReplayTargetReport;
  readonly windows: readonly WindowReport[];
  /** Groups that get what is replayed. */
  readonly affected: readonly { readonly groupId: string; readonly state: string; readonly isSubscribed: boolean }[];
  readonly warnings: readonly string[];
  readonly partitions: readonly (WindowReport & {
    readonly messages: number;
    readonly selected: number;
    readonly unreadable: number;
  })[];
  readonly messages: number;
  readonly selected: number;
  readonly unreadable: number;
  /** The first messages of each partition; values are not shown. */
  readonly samples: readonly {
    readonly partition: number;
    readonly offset: string;
    readonly key: string;
    readonly at: Instant;
    readonly bytes: number;
  }[];
  readonly keysNotFound: readonly string[];
}

/** A replay as it stands. */
export interface ReplayReport {
  readonly id: string;
  readonly source: string;
  readonly target: ReplayTargetReport;
  /** What was chosen, in words; empty: all of the windows. */
  readonly chosen: readonly string[];
  /** Null: no limit. */
  readonly perSecond: number | null;
  readonly state: 'running' | 'paused' | 'failed' | 'aborted' | 'done';
  readonly problem: string | null;
  readonly actor: string;
  readonly createdAt: Instant;
  readonly changedAt: Instant;
  /** Messages that the target has, and those that could not be read to be judged. */
  readonly sent: number;
  readonly unreadable: number;
  /** Of the offsets to pass, 0 to 100. */
  readonly percent: number;
  readonly positions: readonly (WindowReport & { readonly next: string; readonly sent: number })[];
}

/** What a reset of a group's offsets does to one partition. */
export interface PartitionResetReport {
  readonly partition: number;
  /** Null: the group has committed nothing here. */
  readonly from: string | null;
  readonly to: string;
  readonly again: string;
  readonly skipped: string;
  /** What people should know: that there is no message of that time, or that the wish was outside the topic. */
  readonly remark: string | null;
}

/** Answer of the routes under `/api/offsets`. */
export interface OffsetsReport {
  readonly partitions: readonly PartitionResetReport[];
}
