import type { CanonicalFields, Instant, SystemId } from '#kernel';
import type {
  AsOfReport,
  DriftItem,
  ExplainReport,
  GoldenStatus,
  Hold,
  ParkedReport,
  RestoredReport,
  SystemMode,
  SystemStatus,
  WebhookStatus,
} from './api.js';
import type { RoundReport } from './api-rounds.js';
import type { LettersOverview } from './api-dead-letters.js';
import type { ReplayReport } from './api-replays.js';
import type { Entity } from './generated/entities.js';
import type { PermissionName } from './permissions.js';
import type { TopicKind } from './topics.js';

/** Who is signed in, in `GET /api/session` and as the answer of `POST /api/login`. */
export interface AdminSession {
  /** As services and audit name them. */
  readonly subject: string;
  readonly name: string;
  readonly roles: readonly string[];
  /** Whatever the roles allow at all; some of it only on certain entities, systems or topics. */
  readonly permissions: readonly PermissionName[];
  /** To be sent as `x-csrf-token` with everything that changes something. */
  readonly csrfToken: string;
  readonly expiresAt: Instant;
}

/** `GET /api/sign-in`: besides a password of the page's own. */
export interface SignInWays {
  /** Issuer of the identity provider; null where none is set up for the page. */
  readonly provider: string | null;
}

/** Answer of `POST /api/logout`. */
export interface SignedOut {
  /** Where the session at the identity provider ends; null where there is none. */
  readonly next: string | null;
}

/** An act of which somebody waits for a second person to want it, too. */
export interface WaitingApproval {
  /** `golden`, `reconciler` or `admin`. */
  readonly service: string;
  /** Permission that the second person needs. */
  readonly act: string;
  /** Id of what is approved. */
  readonly subject: string;
  readonly digest: string;
  readonly askedBy: string;
  readonly askedAt: Instant;
}

/** `GET /api/approvals`. */
export interface WaitingReport {
  /** The oldest first. */
  readonly waiting: readonly WaitingApproval[];
  /** Services that did not answer: something may wait there. */
  readonly unreachable: readonly string[];
}

/** Something that is wrong, in the words of the morning page. */
export interface Problem {
  /** Stays the same while the problem lasts. */
  readonly id: string;
  /** `act`: it waits for a person. `watch`: the hub is at it. */
  readonly urgency: 'act' | 'watch';
  readonly what: string;
  /** Why, and what the hub does or does not do meanwhile. */
  readonly detail: string;
  /** What to do. */
  readonly advice: string;
  /** As the service says, else when the page's server first saw it. */
  readonly since: Instant;
  /** How many records it is about; null where that is not known. */
  readonly records: number | null;
  readonly samples: readonly string[];
  /** Where it is settled: a path of the page and what the button says. */
  readonly next: { readonly label: string; readonly path: string };
}

/** A system as the hub file and its connector show it. */
export interface SystemOverview {
  readonly id: SystemId;
  readonly connector: string;
  /** As the hub file wishes it. */
  readonly wishedMode: SystemMode;
  readonly entities: readonly Entity[];
  /** Null when its connector did not answer. */
  readonly status: SystemStatus | null;
}

/** Parked keys of one service; the first of them. */
export interface ParkedOfService extends ParkedReport {
  /** `golden`, `reconciler`, or the id of a system. */
  readonly service: string;
}

/** Everything that the page keeps live: `GET /api/overview`, and each event of `GET /api/live`. */
export interface HubOverview {
  readonly hub: string;
  readonly at: Instant;
  readonly entities: readonly Entity[];
  readonly problems: readonly Problem[];
  readonly systems: readonly SystemOverview[];
  readonly golden: GoldenStatus | null;
  readonly holds: readonly Hold[];
  /** The latest, newest first. */
  readonly rounds: readonly RoundReport[];
  readonly parked: readonly ParkedOfService[];
  readonly webhooks: readonly WebhookStatus[];
  readonly restored: readonly RestoredReport[];
  /** Absent where they could not be read. */
  readonly deadLetters?: LettersOverview;
  /** The latest, newest first; absent where they could not be read. */
  readonly replays?: readonly ReplayReport[];
  /** Services that did not answer. */
  readonly unreachable: readonly { readonly service: string; readonly message: string }[];
}

/** What one connector's mirror knows of a record. */
export interface SystemRecord {
  readonly system: SystemId;
  readonly externalId: string | null;
  /** As last read; null while the system has no such record. */
  readonly fields: CanonicalFields | null;
  readonly status: 'live' | 'deleted' | null;
  /** Golden version that it has received. */
  readonly receivedVersion: string | null;
  /** A write is under way. */
  readonly isWriting: boolean;
}

/** `GET /api/records/:entity/:key`. */
export interface RecordReport {
  readonly explain: ExplainReport;
  readonly systems: readonly SystemRecord[];
  /** The newest first. */
  readonly versions: readonly AsOfReport[];
  /** Systems whose connector did not answer. */
  readonly unreachable: readonly string[];
}

/** One record by its key: what a text finds, and what else is about the same article. */
export interface SearchHit {
  readonly entity: Entity;
  readonly key: string;
}

/** `GET /api/rounds/:id`. */
export interface RoundDetail {
  readonly round: RoundReport;
  readonly items: readonly DriftItem[];
  /** There are more items than are listed. */
  readonly more: boolean;
}

/** A topic in `GET /api/topics`. */
export interface TopicSummary {
  readonly name: string;
  readonly kind: TopicKind;
  readonly partitions: readonly { readonly partition: number; readonly low: string; readonly high: string }[];
  /** Why it could not be asked; null otherwise. */
  readonly problem: string | null;
}

/** One message of a topic. */
export interface TopicMessage {
  readonly partition: number;
  readonly offset: string;
  readonly key: string;
  readonly at: Instant;
  readonly headers: Readonly<Record<string, string>>;
  /** Full name of the Avro type; null for a tombstone or what can't be read. */
  readonly type: string | null;
  /** Decoded, decimals and times as text; null for a tombstone or what can't be read. */
  readonly value: unknown;
  readonly bytes: number;
  /** Why the value could not be read. */
  readonly problem: string | null;
}

/** `GET /api/topics/:topic/messages`. */
export interface TopicMessages {
  readonly messages: readonly TopicMessage[];
  /** Messages looked at, those that the filter left out included. */
  readonly scanned: number;
  /** Where to go on to older ones, by partition; empty at the beginning of the topic. */
  readonly before: Readonly<Record<string, string>>;
}

/** One version of a schema, in `GET /api/schemas/:type`. */
export interface SchemaVersion {
  readonly version: number;
  readonly id: number;
  /** JSON. */
  readonly schema: string;
}

/** `GET /api/settings`. */
export interface HubSettings {
  /** The hub file as read; references to variables are not resolved, secrets that it holds itself are hidden. */
  readonly file: unknown;
  /** What admins did on this page, newest first. */
  readonly acts: readonly AdminAct[];
}

/** One act of a person on the page. */
export interface AdminAct {
  readonly at: Instant;
  readonly actor: string;
  readonly act: string;
  readonly subject: string;
  readonly reason: string | null;
  /** `done`, or the code of the error. */
  readonly outcome: string;
}
