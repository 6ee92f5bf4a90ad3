import type { SeedWish } from '#contracts';
import { linesOf, toCondition, toInstant } from './replay-draft.js';

/** A seed as somebody is putting it together: what the fields of the wizard hold. */
export interface SeedDraft {
  /** Empty: the first that the hub has. */
  readonly entity: string;
  /** `brand=Böhm`, `name~^A`, one a line. */
  readonly where: string;
  /** Names by comma; empty: all. */
  readonly fields: string;
  /** Where the first state comes from. */
  readonly from: 'topic' | 'sources';
  /** `2026-11-23T04:05`, UTC; empty: as it is now. */
  readonly asOf: string;
  /** `elsewhere`: an address that only the command line takes. */
  readonly kind: 'store' | 'topic' | 'elsewhere';
  readonly store: string;
  /** Empty: as the entity. */
  readonly table: string;
  readonly topic: string;
  readonly host: string;
  readonly database: string;
  readonly user: string;
  readonly follow: boolean;
}

/** Where a draft begins. */
export const EMPTY_SEED: SeedDraft = {
  ...{ entity: '', where: '', fields: '', from: 'topic', asOf: '', kind: 'store', store: '', table: '', topic: '' },
  ...{ host: '', database: '', user: '', follow: false },
};

/** What a draft asks the server for. Pure. @throws Error with what to write instead */
export function toSeedWish(draft: SeedDraft): SeedWish {
  const { entity, kind, store, table, topic, from, asOf } = draft;
  const where = linesOf(draft.where).map(toCondition);
  const fields = fieldsOf(draft);
  return {
    entity: entity as SeedWish['entity'],
    to: kind === 'topic' ? { kind, topic } : { kind: 'store', store, ...(table !== '' && { table }) },
    ...(where.length > 0 && { where }),
    ...(fields.length > 0 && { fields }),
    ...(asOf !== '' && { asOf: toInstant(asOf) }),
    ...(from === 'sources' && { from }),
  };
}

/** Fields by name, as somebody wrote them with commas. Pure. */
export function fieldsOf({ fields }: Pick<SeedDraft, 'fields'>): string[] {
  return fields
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
