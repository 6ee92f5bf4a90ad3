import type { Instant } from '#kernel';
import { CHAIN_START, type AuditEntry, type AuditEvent } from './audit-entry.js';
import type { AuditKey } from './audit-keys.js';

/** The next entry of a chain. Pure. @param last null for the first one */
export function chainEntry(
  event: AuditEvent,
  {
    last,
    at,
    key,
  }: { readonly last: Pick<AuditEntry, 'seq' | 'hash'> | null; readonly at: Instant; readonly key: AuditKey },
): AuditEntry {
  const { actor, kind, verb, resource, target, requestId, phase, outcome } = event;
  const body = { actor, kind, verb, resource, target, requestId, phase, outcome };
  const entry = { ...body, seq: (last?.seq ?? 0n) + 1n, at, keyId: key.id, prev: last?.hash ?? CHAIN_START };
  return { ...entry, hash: key.sign(signedText(entry)) };
}

/** What the hash of an entry is over: a list of all its parts, so that no two entries have one text. */
export function signedText(entry: Omit<AuditEntry, 'hash'>): string {
  const { seq, at, keyId, prev, actor, kind, verb, resource, target, requestId, phase, outcome } = entry;
  return JSON.stringify([String(seq), at, keyId, prev, actor, kind, verb, resource, target, requestId, phase, outcome]);
}
