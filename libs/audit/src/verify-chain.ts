import { CHAIN_START, type AuditEntry, type Checkpoint } from './audit-entry.js';
import { signedText } from './audit-chain.js';
import type { AuditKeys } from './audit-keys.js';

/** What is wrong with a chain. */
export interface AuditProblem {
  /** Where: of an entry that is missing, the place where it should be. */
  readonly seq: bigint;
  /**
   * `edited`: not what was signed. `unlinked`: does not follow the entry before. `missing`: entries are not there. `cut`: the
   * chain ends before a published checkpoint. `rewritten`: another entry than the published one stands there. `key-unknown`: no
   * given key signed it.
   */
  readonly kind: 'edited' | 'unlinked' | 'missing' | 'cut' | 'rewritten' | 'key-unknown';
}

/** One check of an entry against the one before it; null when all is well. */
export type EntryRule = (entry: AuditEntry, before: AuditEntry | null, keys: AuditKeys) => AuditProblem['kind'] | null;

/** One check of a checkpoint against the entry at its place. */
export type CheckpointRule = (checkpoint: Checkpoint, entry: AuditEntry | undefined) => AuditProblem['kind'] | null;

/** What {@link verifyChain} checks; every rule is needed, as the mutants show. */
export interface ChainRules {
  readonly entry: Readonly<Record<string, EntryRule>>;
  readonly checkpoint: Readonly<Record<string, CheckpointRule>>;
}

/** All rules. */
export const CHAIN_RULES: ChainRules = {
  entry: {
    isSigned: (entry, _before, keys) => {
      const key = keys.byId.get(entry.keyId);
      if (!key) return 'key-unknown';
      return key.sign(signedText(entry)) === entry.hash ? null : 'edited';
    },
    followsInNumber: (entry, before) => (entry.seq === (before?.seq ?? 0n) + 1n ? null : 'missing'),
    followsInHash: (entry, before) => (entry.prev === (before?.hash ?? CHAIN_START) ? null : 'unlinked'),
  },
  checkpoint: {
    isReached: (_checkpoint, entry) => (entry ? null : 'cut'),
    isTheSame: (checkpoint, entry) => (!entry || entry.hash === checkpoint.hash ? null : 'rewritten'),
  },
};

/** Answer of {@link verifyChain}. */
export interface ChainReport {
  readonly entries: number;
  readonly checkpoints: number;
  readonly head: Checkpoint | null;
  readonly problems: readonly AuditProblem[];
}

/** What is verified. */
export interface ChainToVerify {
  /** In the order of their numbers; read once. */
  readonly entries: AsyncIterable<AuditEntry> | Iterable<AuditEntry>;
  /** Everything that was ever published of this chain, in any order. */
  readonly checkpoints: readonly Checkpoint[];
  readonly keys: AuditKeys;
}

/** Whether a chain is what was written, up to its last checkpoint. A tail that no checkpoint names may be cut unseen. */
export async function verifyChain(chain: ChainToVerify, rules: ChainRules = CHAIN_RULES): Promise<ChainReport> {
  const { checkpoints, keys } = chain;
  const wanted = new Set(checkpoints.map(({ seq }) => seq));
  const found = new Map<bigint, AuditEntry>();
  const problems: AuditProblem[] = [];
  let [before, entries]: [AuditEntry | null, number] = [null, 0];
  for await (const entry of chain.entries) {
    for (const rule of Object.values(rules.entry)) {
      const kind = rule(entry, before, keys);
      if (kind) problems.push({ seq: entry.seq, kind });
    }
    if (wanted.has(entry.seq)) found.set(entry.seq, entry);
    [before, entries] = [entry, entries + 1];
  }
  for (const checkpoint of checkpoints)
    for (const rule of Object.values(rules.checkpoint)) {
      const kind = rule(checkpoint, found.get(checkpoint.seq));
      if (kind) problems.push({ seq: checkpoint.seq, kind });
    }
  const head = before && { seq: before.seq, hash: before.hash };
  return { entries, checkpoints: checkpoints.length, head, problems };
}
