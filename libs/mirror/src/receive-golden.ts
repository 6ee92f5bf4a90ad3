import type { GoldenEvent } from '#contracts';
import type { SystemId } from '#kernel';
import type { MirrorRow } from './mirror-row.js';

/**
 * Stores a golden event in the row; the same object when the row already has it or a later one. A later golden record
 * may be writable where an earlier one was rejected, so attempts start anew with a new version. Pure.
 */
export function receiveGolden(row: MirrorRow, event: GoldenEvent, system: SystemId): MirrorRow {
  if (row.golden && row.golden.sequence >= event.sequence) return row;
  const own = event.merged.find((upTo) => upTo.system === system && upTo.externalId === row.externalId);
  const isNewVersion = row.golden?.version !== event.version;
  return {
    ...row,
    golden: {
      version: event.version,
      sequence: event.sequence,
      status: event.status,
      fields: event.fields,
      mergedSequence: own && own.epoch === (row.contribution?.epoch ?? own.epoch) ? own.sequence : 0n,
    },
    retryAtMs: 0,
    ...(isNewVersion && { attempts: 0, undone: 0, undoneSinceMs: 0, parked: null }),
  };
}
