import type { ChangePage } from '#connector-sdk';
import { HubError } from '#kernel';
import type { ChangeReader } from './change-reader.js';
import { readKeysetChanges } from './changes-keyset.js';
import { readChangesSince } from './changes-since.js';

/** Records that changed since the cursor, as the entity's declaration says. */
export function readChanges(reader: ChangeReader, cursor: string | null, limit: number): Promise<ChangePage> {
  const { changes } = reader.plan.options;
  if (changes === undefined)
    throw new HubError('HUB_INVARIANT_BROKEN', `${reader.plan.entity} declares no changes: scan it instead.`);
  return changes.kind === 'keyset'
    ? readKeysetChanges(reader, changes, cursor, limit)
    : readChangesSince(reader, changes, cursor);
}
