/** A key that encrypts keys. Its id stands in every envelope, so that it can be rotated. */
export interface SealingKey {
  readonly id: string;
  /** 32 bytes. */
  readonly key: Buffer;
}

/** Keys by id; the first seals, the others open what they sealed. */
export interface SealingKeys {
  readonly sealing: SealingKey | null;
  readonly byId: ReadonlyMap<string, SealingKey>;
}

/** @param keys the newest first */
export function sealingKeysOf(keys: readonly SealingKey[]): SealingKeys {
  return { sealing: keys[0] ?? null, byId: new Map(keys.map((key) => [key.id, key])) };
}
