import type { Instant } from '#kernel';

/** Whether trying again can help: `transient` it can, `permanent` only an edit helps, `unknown` nobody knows. */
export type LetterKind = 'transient' | 'permanent' | 'unknown';

/** Open letters of one cause. */
export interface LetterGroupReport {
  readonly groupId: string;
  readonly consumer: string;
  readonly topics: readonly string[];
  readonly code: string;
  /** Without what differs from letter to letter. */
  readonly reason: string;
  readonly kind: LetterKind;
  readonly letters: number;
  /** Of them, those that wait behind another of their key. */
  readonly held: number;
  readonly firstAt: Instant;
  readonly lastAt: Instant;
}

/** A message that its consumer could not handle. */
export interface LetterReport {
  readonly id: string;
  readonly groupId: string;
  readonly consumer: string;
  readonly origin: { readonly topic: string; readonly partition: number; readonly offset: string };
  readonly key: string;
  readonly code: string;
  readonly reason: string;
  readonly kind: LetterKind;
  readonly attempts: number;
  readonly state: 'open' | 'retrying' | 'retried' | 'discarded';
  readonly note: string | null;
  readonly decidedBy: string | null;
  readonly isEdited: boolean;
  /** Offset of the message of its key that it waits behind. */
  readonly heldBehind: string | null;
  readonly parkedAt: Instant;
}

/** `GET /api/dead-letters/:id`: a letter with its message. */
export interface LetterDetail {
  readonly letter: LetterReport;
  readonly headers: Readonly<Record<string, string>>;
  /** When it was written to the topic that it comes from. */
  readonly at: Instant;
  readonly bytes: number;
  /** Full name of the Avro type; null for what can't be read. */
  readonly type: string | null;
  /** Decoded, decimals and times as text; null for what can't be read. */
  readonly value: unknown;
  /** Why the value can't be read, and so not be edited. */
  readonly problem: string | null;
}

/** Which open letters are meant; all that is given must hold. */
export interface LetterChoice {
  readonly ids?: readonly string[];
  readonly group?: string;
  readonly consumer?: string;
  readonly kind?: LetterKind;
  /** Has to be said where nothing else is. */
  readonly all?: true;
}

/** Answer of `POST /api/dead-letters/plan`: what a retry would do. */
export interface LetterRetryPlan {
  readonly letters: number;
  /** Letters that wait behind another of their key: their consumer releases them in order. */
  readonly held: number;
  readonly lanes: readonly { readonly lane: string; readonly group: string; readonly isRead: boolean }[];
}

/** What an edit changes. */
export interface LetterChange {
  readonly path: string;
  readonly from: string;
  readonly to: string;
}

/** Dead letters as a whole, in the overview. */
export interface LettersOverview {
  readonly letters: number;
  readonly causes: number;
  /** Letters that are on their way once more. */
  readonly sending: number;
  readonly firstAt: Instant | null;
}
