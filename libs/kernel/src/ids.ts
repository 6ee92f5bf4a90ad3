/** Name of a system in the hub file: `erp`, `shop-eu`. Lower-case letters, digits and dashes. */
export type SystemId = string & { readonly __brand: 'SystemId' };

/** Business key of a record: `A-100`, `A-100@main`. UTF-8, compared as bytes. */
export type BusinessKey = string & { readonly __brand: 'BusinessKey' };

/** A system's own identifier of a record. */
export type ExternalId = string & { readonly __brand: 'ExternalId' };

/** The hub itself, as the author of contributions: overrides and reverts. No system of the hub file has this name. */
export const HUB_SYSTEM = 'hub' as SystemId;

/** True for a name that may serve as a system id. `hub` and `golden` are reserved. */
export function isSystemId(text: string): text is SystemId {
  return /^[a-z][a-z0-9-]{0,31}$/.test(text) && text !== 'hub' && text !== 'golden';
}
