import type { Entity } from '#contracts';
import { HubError, type BusinessKey } from '#kernel';
import { toGoldenEvent } from './golden.js';
import type { GoldenMergerOptions } from './golden-merger.options.js';
import { toMessages } from './golden-messages.js';
import { merge } from './merge.js';

/**
 * Appends the golden records of these keys to the outbox as the events that they were: same version, same sequence, for
 * the state topic only. One transaction under the keys' locks, so that what changes a key stands before it or after it.
 * @returns how many; keys that were never published are left out
 * @throws HubError HUB_CONFIG_INVALID without a policy for the entity; HUB_OUTBOX_FULL, HUB_DATABASE_*
 */
export async function appendCurrentGolden(
  options: Pick<GoldenMergerOptions, 'store' | 'encoder' | 'topics' | 'policies'>,
  entity: Entity,
  keys: readonly BusinessKey[],
): Promise<number> {
  const policy = options.policies[entity];
  if (!policy) throw new HubError('HUB_CONFIG_INVALID', `The hub file has no survivorship for ${entity}.`, { entity });
  return options.store.transaction(async (tx) => {
    await tx.lockKeys(entity, keys);
    const publications = (await tx.findRecords(entity, keys)).flatMap(({ golden, contributions }) => {
      if (!golden || golden.version === 0n) return [];
      const { origins } = merge(contributions, policy);
      const event = toGoldenEvent(entity, golden, origins, contributions);
      return [{ kind: 'answer' as const, isBulk: false, event }];
    });
    await tx.outbox.append(toMessages(publications, options.topics, options.encoder));
    return publications.length;
  });
}
