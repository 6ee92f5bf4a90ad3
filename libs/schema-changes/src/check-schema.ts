import type { SchemaChanges, SchemaCheck } from '#contracts';
import { HubError } from '#kernel';
import { judgeSchema, type KnownVersion } from './judge-schema.js';

/** What a schema is checked with. */
export interface SchemaCheckOptions {
  /** Full name, which is its subject. */
  readonly type: string;
  /** Every version that is registered. */
  readonly versions: readonly KnownVersion[];
  /** Why a text is no schema that the hub would read; null when it is one. */
  readonly findMistake: (text: string) => string | null;
}

/** What one version changed since another. Pure. @throws HubError HUB_NOT_FOUND for a version that there is not */
export function findChanges(
  versions: readonly KnownVersion[],
  { version, of }: { readonly version: number; readonly of: number },
): SchemaChanges {
  const [past, present] = [version, of].map((number) => versions.find((one) => one.version === number));
  if (!past || !present)
    throw new HubError('HUB_NOT_FOUND', `There is no version ${past ? of : version} of this schema.`, { version, of });
  const [changes = { version, isCompatible: true, changes: [] }] = judgeSchema([past], present.schema);
  return { ...changes, of };
}

/**
 * Whether a text may become the next version of a type: a record of the type's full name that every registered version can
 * live with. Pure.
 */
export function checkSchema(
  text: string,
  { type, versions, findMistake }: SchemaCheckOptions,
): Omit<SchemaCheck, 'registryTakes'> {
  const mistake = findMistake(text) ?? findWrongName(type, text);
  if (mistake !== null) return { mistake, isCompatible: false, sameAs: null, versions: [] };
  const judged = judgeSchema(versions, text);
  const canonical = sorted(JSON.parse(text));
  const same = versions.find(({ schema }) => sorted(JSON.parse(schema)) === canonical);
  const isCompatible = judged.every((one) => one.isCompatible);
  return { mistake, isCompatible, sameAs: same?.version ?? null, versions: judged };
}

function findWrongName(type: string, text: string): string | null {
  const { name, namespace } = JSON.parse(text) as { readonly name: string; readonly namespace?: string };
  const full = name.includes('.') || namespace === undefined ? name : `${namespace}.${name}`;
  return full === type ? null : `The record is called ${full}; its subject is the full name ${type}.`;
}

/** JSON as a text in which the order of keys does not matter. */
function sorted(json: unknown): string {
  return JSON.stringify(json, (_name, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
