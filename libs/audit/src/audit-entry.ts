import type { Instant } from '#kernel';

/** `asked` before an act, `ended` after it, `denied` instead of it; `seen` of reads and exports. */
export type AuditPhase = 'asked' | 'ended' | 'denied' | 'seen';

/** One thing worth keeping. Ids and names only: no body, no value of a record, no secret. */
export interface AuditEvent {
  /** Who, as proved; of the bearer of the service token who it said it was. */
  readonly actor: string;
  /** How the actor was proved. */
  readonly kind: 'person' | 'apiKey' | 'service';
  readonly verb: string;
  readonly resource: string;
  /** Method and path of the request. */
  readonly target: string;
  /** Joins `asked` and `ended` of one act. */
  readonly requestId: string;
  readonly phase: AuditPhase;
  /** `asked`, `done`, or the code of the error that it ended with. */
  readonly outcome: string;
}

/** An event in its place in the chain. */
export interface AuditEntry extends AuditEvent {
  /** From 1, without a gap. */
  readonly seq: bigint;
  readonly at: Instant;
  /** Which key signed it. */
  readonly keyId: string;
  /** Hash of the entry before; of the first one {@link CHAIN_START}. */
  readonly prev: string;
  /** HMAC-SHA-256 over everything else, hexadecimal. */
  readonly hash: string;
}

/** The end of a chain as it was published outside of the database. */
export interface Checkpoint {
  readonly seq: bigint;
  readonly hash: string;
}

/** Stands before the first entry. */
export const CHAIN_START = '0'.repeat(64);
