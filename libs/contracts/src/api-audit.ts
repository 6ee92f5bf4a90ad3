import type { Instant } from '#kernel';

/** One entry of the audit. */
export interface AuditLine {
  /** Whose chain it is in. */
  readonly service: string;
  /** Place in the chain, from 1. */
  readonly seq: string;
  readonly at: Instant;
  readonly actor: string;
  /** How the actor was proved. */
  readonly kind: 'person' | 'apiKey' | 'service';
  readonly verb: string;
  readonly resource: string;
  /** Method and path. */
  readonly target: string;
  /** Joins the beginning and the end of one act. */
  readonly requestId: string;
  /** `asked` before an act, `ended` after it, `denied` instead of it, `seen` of reads and exports. */
  readonly phase: 'asked' | 'ended' | 'denied' | 'seen';
  /** `asked`, `done`, or a code. */
  readonly outcome: string;
  readonly keyId: string;
  readonly prev: string;
  readonly hash: string;
}

/** `GET /api/audit`. */
export interface AuditPage {
  /** Newest first, of all services. */
  readonly entries: readonly AuditLine[];
  /** What to give as `before` for older ones; null when these are the last. */
  readonly next: string | null;
  /** Every service that keeps an audit. */
  readonly services: readonly string[];
}

/** `GET /api/audit/:service/:seq`. */
export interface AuditDetail {
  readonly entry: AuditLine;
  /** The other entries of the same request. */
  readonly sameRequest: readonly AuditLine[];
}

/** The end of a chain. */
export interface AuditHead {
  readonly seq: string;
  readonly hash: string;
}

/** The chain of one service, as it was verified. */
export interface AuditChain {
  readonly service: string;
  readonly entries: number;
  readonly head: AuditHead | null;
  /** Checkpoints that were published outside of the database, and the last of them. */
  readonly checkpoints: number;
  readonly anchored: AuditHead | null;
  /** Empty when the chain is whole. */
  readonly problems: readonly { readonly seq: string; readonly kind: string }[];
}

/** `GET /api/audit/verify`. */
export interface AuditVerification {
  readonly at: Instant;
  readonly chains: readonly AuditChain[];
}
